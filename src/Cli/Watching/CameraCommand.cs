using System.CommandLine;
using FaceAttendance.Cli.Cameras;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Recognition;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Watching;

/// <summary>Shows a camera's picture with boxes and captions. Unlike <c>watch --camera</c> it records and dispatches nothing.</summary>
internal static class CameraCommand
{
    // Five pictures a second look alive and leave a two-core server room for others.
    private const double DefaultEverySeconds = 0.2;

    // Frames come as JPEG and go as JPEG: into the window, the folder or the file.
    private const string FrameExtension = ".jpg";

    private static readonly Argument<string> Source = Symbols.Operand("source", "0", "a camera, a stream's address or a video file");

    private static readonly Option<string> Out =
        Symbols.Text("--out", "path", "write frames: a folder for all of them, or one .jpg for the latest");

    private static readonly Option<double> Every =
        Symbols.Number("--every", "seconds", "time between two frames, 0.05 to 3600", DefaultEverySeconds, 0.05, 3600);

    public static Command Definition { get; } = new Verb(
        "camera", "show a camera's picture with boxes and captions",
        """
        Takes frames from a camera (0 or /dev/video0), a network camera (rtsp://…) or a video file, has the server
        recognise them, and shows them in a window with a box and 'label distance' for each face; the same is printed
        as 'label distance [top,right,bottom,left]'. Where there is no display, --out says where the frames go.
        Nothing is recorded or dispatched. Frames are read by ffmpeg, the window is ffplay's.
        """,
        [Source, Out, Every], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var every = TimeSpan.FromSeconds(context.Get(Every));
        var source = FrameSource.Parse(context.Get(Source));

        using var server = new FaceServer(context.Server);
        await using var display = Display(context, source);
        await using var camera = Camera.Open(source, Camera.RateFor(every), context.Screen);
        var frames = camera.Frames;
        while (await frames.WaitToReadAsync(ct))
        {
            if (!frames.TryRead(out var frame)) continue;
            var pause = Task.Delay(every, ct);
            var faces = await RecognizeAsync(server, frame, ct);
            foreach (var face in faces) Annotation.Show(context.Screen, face);
            if (!await display.ShowAsync(Annotation.Draw(frame, faces, FrameExtension), ct)) break;
            await pause;
        }
        return ExitCode.Done;
    }

    private static FrameDisplay Display(CommandContext context, FrameSource source)
    {
        if (context.Get(Out) is { } path)
        {
            if (!Annotation.IsPicture(path)) return new FrameDisplay.Folder(path);
            return Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg"
                ? new FrameDisplay.LatestFile(path)
                : throw new UsageException("The latest frame is written as .jpg or .jpeg.");
        }
        if (context.Environment("DISPLAY") is { Length: > 0 } || context.Environment("WAYLAND_DISPLAY") is { Length: > 0 })
            return new FrameDisplay.Window($"FaceAttendance - {source.Name}");
        throw new UsageException("There is no display for a window here, so --out is needed: a folder, or one .jpg file.");
    }

    private static async Task<IReadOnlyList<FaceEntry>> RecognizeAsync(FaceServer server, byte[] frame, CancellationToken ct)
    {
        try
        {
            var answer = await Patience.WhileBusyOrBrokenAsync(c => server.RecognizeAsync(frame, "image/jpeg", c), ct);
            if (answer.IsSuccess) return answer.Read<RecognizeAnswer>().Results ?? [];
            var refusal = answer.Refusal();
            throw new CommandFailedException($"A frame was refused: {refusal.Code}: {refusal.Message}");
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }
}
