using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

/// <summary>With a real ffmpeg.</summary>
public sealed class FrameGrabberTests
{
    private static readonly string[] Fed = ["-protocol_whitelist", "pipe", "-f", "mjpeg", "-i", "pipe:0"];

    [Test]
    public async Task RunAsync_SourceThatSaysNothing_IsEndedAfterTheSilence()
    {
        var end = await FrameGrabber.RunAsync(
            new(Fed, 5, Silence: TimeSpan.FromSeconds(1)), (_, ct) => Task.Delay(Timeout.Infinite, ct), _ => { }, CancellationToken.None);

        Assert.That(end, Is.EqualTo(new GrabberEnd(0, "no picture for 1 s")));
    }

    [Test]
    public async Task RunAsync_SourceThatFails_SaysWhatTheSourceSaid()
    {
        var end = await FrameGrabber.RunAsync(
            new(Fed, 5), (_, _) => throw new SourceException("the camera is asleep"), _ => { }, CancellationToken.None);

        Assert.That(end.Complaint, Is.EqualTo("the camera is asleep"));
    }

    [TestCase(5, 10)]
    [TestCase(30, 20)]
    [TestCase(0.5, 1)]
    public async Task RunAsync_VideoOfTenFramesASecond_TakesAtMostTheRateAndRepeatsNone(double rate, int frames)
    {
        var folder = Directory.CreateTempSubdirectory("grabber").FullName;
        try
        {
            var video = Path.Combine(folder, "two-seconds.mp4");
            GeneratedVideo.Write(video, seconds: 2);
            var seen = 0;

            var end = await FrameGrabber.RunAsync(new(["-i", $"file:{video}"], rate), null, _ => seen++, CancellationToken.None);

            Assert.That((seen, end.Frames), Is.EqualTo((frames, frames)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
