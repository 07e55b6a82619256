using System.Net;
using System.Net.Sockets;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>Opens sources and has ffmpeg make frames of them. Thread-safe.</summary>
internal sealed class CameraFeeds(CameraTargets targets)
{
    // A wider picture costs more to decode than its faces gain.
    private const int MaxWidth = 1280;

    // What holds pictures by itself; a playlist would name files and addresses of its own.
    private const string Formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,h264,hevc,mjpeg,mpjpeg,jpeg_pipe,ogg,asf";

    private const string Pipe = "pipe:0";

    // A camera that says nothing for so long is gone. A stream's first picture may wait for its next key frame.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);

    /// <summary>Runs until the source ends or is given up.</summary>
    /// <param name="inHardware">Whether a graphics device may decode it.</param>
    /// <returns>How it ended, without credentials.</returns>
    /// <exception cref="GrabberMissingException">There is no ffmpeg.</exception>
    public async Task<GrabberEnd> RunAsync(Camera camera, bool inHardware, Action<byte[]> frame, CancellationToken ct)
    {
        var order = new GrabberOrder([], camera.FramesPerSecond, MaxWidth, Silence, inHardware);
        switch (camera.Source)
        {
            case CameraSource.Network { Address.Scheme: "rtsp" or "rtsps" } network:
                using (var relay = new RtspRelay(network, targets))
                {
                    var run = await FrameGrabber.RunAsync(
                        order with { Input = StreamInput(relay.Url) }, (_, running) => relay.RunAsync(running), frame, ct);
                    var complaint = run.Complaint.Replace(relay.Url, network.Shown, StringComparison.Ordinal);
                    return run with { Complaint = network.Redact(complaint) };
                }
            case CameraSource.Network network:
                var end = await FrameGrabber.RunAsync(
                    order with { Input = ["-use_wallclock_as_timestamps", "1", .. Input("pipe", Pipe)] },
                    (input, running) => FetchAsync(network, camera.FramesPerSecond, input, running), frame, ct);
                return end with { Complaint = network.Redact(end.Complaint) };
            case CameraSource.Device device:
                return targets.RealPathOf(device.Path) is { } node
                    ? await FrameGrabber.RunAsync(order with { Input = ["-f", "v4l2", "-i", node] }, null, frame, ct)
                    : new(0, "the server may not read this path");
            case CameraSource.Video video:
                // -re: at the video's own speed. The prefix keeps a name with a colon from being read as a protocol.
                return targets.RealPathOf(video.Path) is { } file
                    ? await FrameGrabber.RunAsync(
                        order with { Input = ["-re", "-stream_loop", "-1", .. Input("file", $"file:{file}")] }, null, frame, ct)
                    : new(0, "the server may not read this path");
            default:
                return new(0, "the key of its source is gone; give the source again");
        }
    }

    // The time of arrival counts: clocks of cameras jump. The relay goes on with the one connection, so that nothing else is opened.
    private static string[] StreamInput(string url) =>
    [
        "-protocol_whitelist", "rtsp,tcp", "-rtsp_transport", "tcp", "-allowed_media_types", "video", "-fflags", "nobuffer",
        "-use_wallclock_as_timestamps", "1", "-i", url,
    ];

    private static string[] Input(string protocol, string source) =>
        ["-protocol_whitelist", protocol, "-format_whitelist", Formats, "-i", source];

    /// <summary>Writes what the camera sends to ffmpeg; pictures that come one at a time are asked for again and again.</summary>
    private async Task FetchAsync(CameraSource.Network network, double framesPerSecond, Stream input, CancellationToken ct)
    {
        using var client = ClientOf(network);
        while (true)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
            waiting.CancelAfter(LongestConnect);
            HttpResponseMessage response;
            try
            {
                response = await client.GetAsync(network.Address, HttpCompletionOption.ResponseHeadersRead, waiting.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new SourceException("no answer within 10 s");
            }
            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized)
                    throw new SourceException("the camera refuses the user and password");
                if (!response.IsSuccessStatusCode) throw new SourceException($"the camera answers {(int)response.StatusCode}");
                await response.Content.CopyToAsync(input, ct);
                await input.FlushAsync(ct);
                if (response.Content.Headers.ContentType?.MediaType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is not true)
                    return;
            }
            await Task.Delay(TimeSpan.FromSeconds(1 / framesPerSecond), ct);
        }
    }

    private HttpClient ClientOf(CameraSource.Network network)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            MaxAutomaticRedirections = 3,
            ConnectTimeout = LongestConnect,
            ConnectCallback = async (context, ct) => new NetworkStream(
                await targets.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, ct), ownsSocket: true),
        };
        if (network.HasCredentials)
        {
            // For this machine alone, wherever it sends on to.
            var place = new Uri(network.Address.GetLeftPart(UriPartial.Authority));
            var login = new NetworkCredential(network.User ?? "", network.Password ?? "");
            handler.Credentials = new CredentialCache { { place, "Digest", login }, { place, "Basic", login } };
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
