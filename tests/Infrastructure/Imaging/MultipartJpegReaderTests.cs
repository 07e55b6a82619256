using System.Text;
using FaceAttendance.Infrastructure.Imaging;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

[TestFixture]
public class MultipartJpegReaderTests
{
    private const string TwoFrames = "--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 5\r\n\r\n\u00ff\u00d8\n\r\n\r\n--ffmpeg\r\n"
        + "Content-type: image/jpeg\r\nContent-length: 3\r\n\r\nabc\r\n--ffmpeg\r\n";

    [Test]
    public async Task ReadAsync_StreamInPiecesOfAnySize_GivesTheFramesExactly([Range(1, 40)] int piece)
    {
        var reader = new MultipartJpegReader(new PiecewiseStream(Encoding.Latin1.GetBytes(TwoFrames), piece));

        var frames = new[] { await reader.ReadAsync(default), await reader.ReadAsync(default), await reader.ReadAsync(default) };

        Assert.That(frames[0], Is.EqualTo(new byte[] { 0xff, 0xd8, 10, 13, 10 }));
        Assert.That(frames[1], Is.EqualTo("abc"u8.ToArray()));
        Assert.That(frames[2], Is.Null);
    }

    [Test]
    public async Task ReadAsync_StreamCutAnywhere_NeverGivesATornFrame([Range(0, 65)] int length)
    {
        var endOfFirst = TwoFrames.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 + 5;
        var reader = new MultipartJpegReader(new MemoryStream(Encoding.Latin1.GetBytes(TwoFrames[..length])));

        var frame = await reader.ReadAsync(default);

        Assert.That(frame, length < endOfFirst ? Is.Null : Has.Length.EqualTo(5));
    }

    [TestCase("Content-length: -1\r\n\r\n")]
    [TestCase("Content-length: many\r\n\r\n")]
    [TestCase("Content-length: 99999999999\r\n\r\n")]
    [TestCase("Content-length: 67108865\r\n\r\n")]
    public void ReadAsync_ImpossibleLength_Throws(string header)
    {
        var reader = new MultipartJpegReader(new MemoryStream(Encoding.Latin1.GetBytes(header)));

        Assert.That(() => reader.ReadAsync(default), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void ReadAsync_LineWithoutEnd_Throws()
    {
        var reader = new MultipartJpegReader(new MemoryStream(new byte[5000]));

        Assert.That(() => reader.ReadAsync(default), Throws.InstanceOf<InvalidDataException>());
    }

    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
