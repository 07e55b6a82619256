using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace FaceAttendance.TestKit;

/// <summary>A real RTSP camera: H.264 of a picture that stands still, ten frames a second, over the connection itself, to whoever answers
/// its Digest.</summary>
public sealed partial class RtspCamera : IAsyncDisposable
{
    public const string User = "viewer";
    public const string Password = "kamera, \"rahasia\"";

    private const string Realm = "Camera 7";
    private const string Nonce = "4f2a91c0";

    private readonly CancellationTokenSource _stopping = new();
    private readonly UdpClient _packets = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly TcpListener _listener;
    private readonly string _description = Path.GetTempFileName();
    private readonly List<Stream> _playing = [];
    private readonly Process _ffmpeg;
    private readonly Task _work;
    private int _opened;

    private RtspCamera(string picture, int port)
    {
        _listener = new(IPAddress.Loopback, port);
        _listener.Start();
        var to = $"rtp://127.0.0.1:{((IPEndPoint)_packets.Client.LocalEndPoint!).Port}?pkt_size=1200";
        _ffmpeg = Process.Start("ffmpeg",
        [
            "-nostdin", "-loglevel", "error", "-re", "-loop", "1", "-framerate", "10", "-i", picture,
            "-vf", "scale=640:-2", "-pix_fmt", "yuv420p",
            "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-crf", "15", "-g", "5", "-x264-params", "repeat-headers=1",
            "-f", "rtp", "-sdp_file", _description, "-y", to,
        ]);
        _work = Task.WhenAll(ForwardAsync(), AcceptAsync());
    }

    /// <summary>While set, it says nothing more to those who look, and leaves their connections open.</summary>
    public bool IsStalled { get; set; }

    /// <summary>While set, it sends those who ask what it shows on to this address.</summary>
    public string? Elsewhere { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Without credentials.</summary>
    public string Url => $"rtsp://127.0.0.1:{Port}/live/main?channel=1";

    /// <summary>How many look at this moment.</summary>
    public int Watching
    {
        get
        {
            lock (_playing) return _playing.Count;
        }
    }

    /// <summary>How many times it was opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <param name="picture">A file.</param>
    public static RtspCamera Start(string picture, int port = 0) => new(picture, port);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        _listener.Stop();
        _ffmpeg.Kill();
        await _ffmpeg.WaitForExitAsync();
        await _work;
        _packets.Dispose();
        _ffmpeg.Dispose();
        File.Delete(_description);
    }

    private async Task ForwardAsync()
    {
        try
        {
            while (true)
            {
                var packet = (await _packets.ReceiveAsync(_stopping.Token)).Buffer;
                Stream[] playing;
                lock (_playing) playing = IsStalled ? [] : [.. _playing];
                byte[] framed = [(byte)'$', 0, (byte)(packet.Length >> 8), (byte)packet.Length, .. packet];
                foreach (var stream in playing)
                {
                    try
                    {
                        await stream.WriteAsync(framed, _stopping.Token);
                    }
                    catch (IOException)
                    {
                        // It went away.
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        var stream = client.GetStream();
        try
        {
            var buffer = new byte[64 * 1024];
            var length = 0;
            while (await stream.ReadAsync(buffer.AsMemory(length), _stopping.Token) is > 0 and var read)
            {
                length += read;
                while (Take(buffer, ref length) is { } message)
                {
                    if (message.Length > 0) await AnswerAsync(stream, message);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It went away, or this camera did.
        }
        lock (_playing) _playing.Remove(stream);
    }

    /// <returns>A whole request; empty for a packet of the receiver's reports; null when more is to come.</returns>
    private static string? Take(byte[] buffer, ref int length)
    {
        int end;
        string? message = null;
        if (length > 3 && buffer[0] == '$')
        {
            end = 4 + ((buffer[2] << 8) | buffer[3]);
            if (length < end) return null;
        }
        else
        {
            var found = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (found < 0 || buffer[0] == '$') return null;
            end = found + 4;
            message = Encoding.UTF8.GetString(buffer, 0, end);
        }
        length -= end;
        Buffer.BlockCopy(buffer, end, buffer, 0, length);
        return message ?? "";
    }

    private async Task AnswerAsync(NetworkStream stream, string request)
    {
        var words = request.Split(' ', 3);
        var (method, uri) = (words[0], words[1]);
        var count = CountLine().Match(request).Groups[1].Value;
        var head = $"CSeq: {count}\r\n";
        if (method is "OPTIONS")
        {
            await SayAsync(stream, $"RTSP/1.0 200 OK\r\n{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n");
            return;
        }
        if (!IsAllowed(request, method, uri))
        {
            await SayAsync(stream,
                $"RTSP/1.0 401 Unauthorized\r\n{head}WWW-Authenticate: Basic realm=\"{Realm}\"\r\n" +
                $"WWW-Authenticate: Digest realm=\"{Realm}\", nonce=\"{Nonce}\", algorithm=MD5\r\n\r\n");
            return;
        }
        if (!uri.StartsWith(Url, StringComparison.Ordinal))
        {
            await SayAsync(stream, $"RTSP/1.0 404 Not Found\r\n{head}\r\n");
            return;
        }
        if (Elsewhere is { } address)
        {
            await SayAsync(stream, $"RTSP/1.0 302 Found\r\n{head}Location: {address}\r\n\r\n");
            return;
        }
        switch (method)
        {
            case "DESCRIBE":
                var body = await DescribeAsync();
                await SayAsync(stream,
                    $"RTSP/1.0 200 OK\r\n{head}Content-Type: application/sdp\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                break;
            case "SETUP":
                await SayAsync(
                    stream, $"RTSP/1.0 200 OK\r\n{head}Session: 12345678\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n");
                break;
            case "PLAY":
                await SayAsync(stream, $"RTSP/1.0 200 OK\r\n{head}Session: 12345678\r\nRange: npt=0.000-\r\n\r\n");
                Interlocked.Increment(ref _opened);
                lock (_playing) _playing.Add(stream);
                break;
            default:
                await SayAsync(stream, $"RTSP/1.0 200 OK\r\n{head}\r\n");
                break;
        }
    }

    private async Task<string> DescribeAsync()
    {
        while (true)
        {
            var text = await File.ReadAllTextAsync(_description, _stopping.Token);
            if (text.Contains("fmtp", StringComparison.Ordinal))
            {
                var lines = text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Where(l => !l.StartsWith("SDP:", StringComparison.Ordinal))
                    .Select(l => l.StartsWith("m=video", StringComparison.Ordinal) ? PortOfMedia().Replace(l, "m=video 0 ") : l);
                return string.Join("\r\n", [.. lines, "a=control:track1", ""]);
            }
            await Task.Delay(50, _stopping.Token);
        }
    }

    private static bool IsAllowed(string request, string method, string uri)
    {
        var said = AuthorizationLine().Match(request).Groups[1].Value;
        // Quotes within the user's name would stand escaped; there are none here.
        var expected = Hash($"{Hash($"{User}:{Realm}:{Password}")}:{Nonce}:{Hash($"{method}:{uri}")}");
        return said.StartsWith("Digest ", StringComparison.Ordinal) && said.Contains($"response=\"{expected}\"", StringComparison.Ordinal);
    }

#pragma warning disable CA5351 // What such cameras ask for.
    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    private async Task SayAsync(NetworkStream stream, string text) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _stopping.Token);

    [GeneratedRegex("CSeq: *([0-9]+)")]
    private static partial Regex CountLine();

    [GeneratedRegex("\r\nAuthorization: *([^\r\n]*)")]
    private static partial Regex AuthorizationLine();

    [GeneratedRegex("^m=video [0-9]+ ")]
    private static partial Regex PortOfMedia();
}
