using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// Reads the frames that ffmpeg's <c>mpjpeg</c> format writes: a boundary line, header lines with the frame's length, an empty line, the
/// JPEG's bytes. The length makes it exact where a search for JPEG markers would guess.
/// </summary>
public sealed class MultipartJpegReader(Stream stream)
{
    // 8K video as JPEG stays under 20 MB; a longer frame is a stream that is not what it should be.
    private const int MaxFrameBytes = 64 * 1024 * 1024;

    private const string LengthHeader = "Content-length:";

    private readonly PipeReader _reader = PipeReader.Create(stream);

    /// <returns>The next frame's JPEG; null when the stream is over, a last torn frame left out.</returns>
    /// <exception cref="InvalidDataException">The stream is no multipart JPEG.</exception>
    public async Task<byte[]?> ReadAsync(CancellationToken ct)
    {
        int? length = null;
        while (true)
        {
            if (await ReadLineAsync(ct) is not { } line) return null;
            if (line.StartsWith(LengthHeader, StringComparison.OrdinalIgnoreCase))
            {
                var text = line[LengthHeader.Length..].Trim();
                length = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed <= MaxFrameBytes
                    ? parsed
                    : throw new InvalidDataException($"A frame has the length '{text}'.");
            }
            else if (line.Length == 0 && length is { } found)
            {
                return await ReadBytesAsync(found, ct);
            }
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken ct)
    {
        // Boundary and header lines are a few dozen bytes.
        const int MaxLine = 1024;
        while (true)
        {
            var result = await _reader.ReadAsync(ct);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(buffer.Slice(0, end)).TrimEnd('\r');
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }
            if (buffer.Length > MaxLine) throw new InvalidDataException("A header line never ends.");
            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return null;
        }
    }

    private async Task<byte[]?> ReadBytesAsync(int length, CancellationToken ct)
    {
        var result = await _reader.ReadAtLeastAsync(length, ct);
        if (result.Buffer.Length < length) return null;

        var frame = new byte[length];
        var bytes = result.Buffer.Slice(0, length);
        bytes.CopyTo(frame);
        _reader.AdvanceTo(bytes.End);
        return frame;
    }
}
