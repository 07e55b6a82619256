using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>One message of an RTSP connection: words with their body, or, where <paramref name="First"/> is empty, a packet of the picture
/// that stands between them.</summary>
/// <param name="First">The line of the request, or of the answer's status.</param>
/// <param name="Body">What belongs to the words; or the packet, with its four bytes of head.</param>
internal sealed record RtspMessage(string First, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public bool IsPacket => First.Length == 0;

    public bool IsAnswer => First.StartsWith("RTSP/", StringComparison.Ordinal);

    /// <summary>Of an answer; 0 where it says none.</summary>
    public int Status =>
        First.Split(' ') is [_, var code, ..] && int.TryParse(code, CultureInfo.InvariantCulture, out var status) ? status : 0;

    public string Method => First.Split(' ')[0];

    public IEnumerable<string> All(string name) =>
        Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    public byte[] ToBytes()
    {
        if (IsPacket) return Body;
        var text = new StringBuilder(First).Append("\r\n");
        foreach (var (name, value) in Headers) text.Append(name).Append(": ").Append(value).Append("\r\n");
        return [.. Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()), .. Body];
    }

    public override string ToString() => "RtspMessage(withheld)";
}

/// <summary>Reads the messages of one side of an RTSP connection (RFC 2326). One reader at a time.</summary>
internal sealed class RtspReader(Stream stream)
{
    private const int MaxHead = 16 * 1024;
    private const int MaxBody = 256 * 1024;
    private const byte Dollar = (byte)'$';

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    private readonly PipeReader _reader = PipeReader.Create(stream);

    /// <returns>Null when the other side closed it.</returns>
    /// <exception cref="SourceException">It speaks something else.</exception>
    public async Task<RtspMessage?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var read = await _reader.ReadAtLeastAsync(1, ct);
            if (read.Buffer.IsEmpty) return null;
            var first = read.Buffer.FirstSpan[0];
            // Some send empty lines between their messages.
            var isEmpty = first is (byte)'\r' or (byte)'\n';
            _reader.AdvanceTo(read.Buffer.GetPosition(isEmpty ? 1 : 0));
            if (isEmpty) continue;
            if (first != Dollar) return await ReadWordsAsync(ct);
            if (await PeekAsync(4, ct) is not { } head) return null;
            return await TakeAsync(4 + ((head[2] << 8) | head[3]), ct) is { } packet ? new("", [], packet) : null;
        }
    }

    private async Task<RtspMessage?> ReadWordsAsync(CancellationToken ct)
    {
        var length = 0;
        while (true)
        {
            var read = await _reader.ReadAtLeastAsync(length + 1, ct);
            if (EndOf(read.Buffer) is { } end)
            {
                var head = Encoding.Latin1.GetString(read.Buffer.Slice(0, end));
                _reader.AdvanceTo(read.Buffer.GetPosition(end + End.Length));
                return await WithBodyAsync(head, ct);
            }
            length = (int)read.Buffer.Length;
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (length > MaxHead) throw new SourceException("the camera does not speak RTSP");
            if (read.IsCompleted) return null;
        }
    }

    private async Task<RtspMessage?> WithBodyAsync(string head, CancellationToken ct)
    {
        var lines = head.Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .Select(parts => KeyValuePair.Create(parts[0].Trim(), parts[1].Trim())).ToArray();
        var message = new RtspMessage(lines[0], headers, []);
        if (!message.First.Contains("RTSP/", StringComparison.Ordinal)) throw new SourceException("the camera does not speak RTSP");
        if (message.All("Content-Length").FirstOrDefault() is not { } text) return message;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > MaxBody)
            throw new SourceException("the camera does not speak RTSP");
        return await TakeAsync(length, ct) is { } body ? message with { Body = body } : null;
    }

    private async Task<byte[]?> PeekAsync(int length, CancellationToken ct)
    {
        var read = await _reader.ReadAtLeastAsync(length, ct);
        var bytes = read.Buffer.Length < length ? null : read.Buffer.Slice(0, length).ToArray();
        _reader.AdvanceTo(read.Buffer.Start);
        return bytes;
    }

    private async Task<byte[]?> TakeAsync(int length, CancellationToken ct)
    {
        if (length == 0) return [];
        var read = await _reader.ReadAtLeastAsync(length, ct);
        var bytes = read.Buffer.Length < length ? null : read.Buffer.Slice(0, length).ToArray();
        _reader.AdvanceTo(bytes is null ? read.Buffer.End : read.Buffer.GetPosition(length));
        return bytes;
    }

    private static long? EndOf(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryReadTo(out ReadOnlySequence<byte> head, End) ? head.Length : null;
    }
}
