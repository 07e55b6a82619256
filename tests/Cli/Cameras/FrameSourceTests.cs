using FaceAttendance.Cli.Cameras;
using FaceAttendance.Cli.CommandLine;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Cameras;

[TestFixture]
public class FrameSourceTests
{
    [Test]
    public void Parse_NetworkCamera_IsLiveAndNamedWithoutItsPassword()
    {
        var source = FrameSource.Parse("rtsp://admin:geheim@10.0.0.7/stream?channel=1");

        Assert.That(source, Is.InstanceOf<FrameSource.Stream>());
        Assert.That(source.IsLive, Is.True);
        Assert.That(source.Name, Is.EqualTo("rtsp://10.0.0.7/stream?channel=1"));
        Assert.That(
            source.Redact("rtsp://admin:geheim@10.0.0.7/stream?channel=1: refused; tcp://admin:geheim@10.0.0.7 failed"),
            Is.EqualTo("rtsp://10.0.0.7/stream?channel=1: refused; tcp://10.0.0.7 failed"));
    }

    [Test]
    public void Parse_Device_IsLive()
    {
        var source = FrameSource.Parse("/dev/null");

        Assert.That(source, Is.EqualTo(new FrameSource.Device("/dev/null")));
        Assert.That(source.IsLive, Is.True);
    }

    [Test]
    public void Parse_File_IsTakenByItsFullPath()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("concat:a.mp4", "x");

        var source = FrameSource.Parse(file);

        Assert.That(source, Is.EqualTo(new FrameSource.VideoFile(file)));
        Assert.That(source.IsLive, Is.False);
    }

    [TestCase("4711", "There is no camera or video file /dev/video4711.")]
    [TestCase("/dev/video4711", "There is no camera or video file /dev/video4711.")]
    [TestCase("/tmp/no such film.mp4", "There is no camera or video file /tmp/no such film.mp4.")]
    public void Parse_NothingThere_Fails(string text, string message) =>
        Assert.That(() => FrameSource.Parse(text), Throws.InstanceOf<CommandFailedException>().With.Message.EqualTo(message));
}
