using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.Cameras;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Watching;

/// <summary>Prints live events, and is a camera to the server when asked.</summary>
internal static class WatchCommand
{
    // The pace and the ping of the contract's own client.
    private const double DefaultEverySeconds = 0.7;
    private const double DefaultPingSeconds = 15;

    // Events of the last frame are queued for this listener before the frame's own answer leaves the server; they need only arrive.
    private static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(1);

    private static readonly Option<string> Source =
        Symbols.Text("--camera", "source", "post frames of 0, /dev/video0, rtsp://… or a video file to /recognize/realtime");

    private static readonly Option<double> Every =
        Symbols.Number("--every", "seconds", "time between two posts, 0.05 to 3600", DefaultEverySeconds, 0.05, 3600);

    private static readonly Option<double?> MinConf = Symbols.Number(
        "--min-conf", "distance", "dispatch only faces at most that far away, 0 to 1 (default: the server's tolerance)", 0, 1);

    private static readonly Option<bool> SendUnknown = Symbols.Switch("--send-unknown", "dispatch unknown faces too");

    private static readonly Option<string> DeviceId = Symbols.Text("--device-id", "id", "say with each frame which device it comes from");

    private static readonly Option<double> Ping =
        Symbols.Number("--ping", "seconds", "time between two pings, 0.05 to 3600", DefaultPingSeconds, 0.05, 3600);

    public static Command Definition { get; } = new Verb(
        "watch", "print live events; with --camera, also send a camera's frames",
        """
        Prints each live event as 'WS: <json>' and connects again when the connection is lost. With --camera it also
        posts the newest frame at a steady pace and prints 'dispatch[<label>] -> <status> (<http>) <message>' for each
        face that was dispatched; <http> is - where no HTTP status is known. Ends with Ctrl-C, or with the video file.
        Cameras and videos are read by ffmpeg. With --json each event is the server's own, and each dispatch has the type
        dispatch.
        """,
        [Source, Every, MinConf, SendUnknown, DeviceId, Ping], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var every = TimeSpan.FromSeconds(context.Get(Every));
        var ping = TimeSpan.FromSeconds(context.Get(Ping));
        var query = Query(context);
        var source = context.Get(Source) is { } text ? FrameSource.Parse(text) : null;

        using var server = new FaceServer(context.Server);
        var listener = new RecognitionListener(server, context.Screen, ping);
        if (source is null)
        {
            await listener.RunAsync(ct);
            return ExitCode.Done;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = listener.RunAsync(over.Token);
        await using var camera = Camera.Open(source, Camera.RateFor(every), context.Screen);
        var posting = PostThenLingerAsync(new FramePoster(server, context.Screen, every, query), camera, over.Token);
        var first = await Task.WhenAny(listening, posting);
        await over.CancelAsync();
        try
        {
            await Task.WhenAll(listening, posting);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The other of the two, which has no end of its own.
        }
        await first;
        return ExitCode.Done;
    }

    private static async Task PostThenLingerAsync(FramePoster poster, Camera camera, CancellationToken ct)
    {
        await poster.RunAsync(camera.Frames, ct);
        await Task.Delay(LastEvents, ct);
    }

    private static string Query(CommandContext context)
    {
        var parts = new List<string>();
        if (context.Get(MinConf) is { } distance) parts.Add(string.Create(CultureInfo.InvariantCulture, $"min_conf={distance}"));
        if (context.Get(SendUnknown)) parts.Add("send_unknown=true");
        if (context.Get(DeviceId) is { } device) parts.Add($"device_id={Uri.EscapeDataString(device)}");
        return string.Join('&', parts);
    }
}
