using System.CommandLine;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Enrollment;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Recognition;

/// <summary>Says who is in a picture.</summary>
internal static class RecognizeCommand
{
    private static readonly Argument<string> Image = Symbols.Operand("image", "a picture's file");

    private static readonly Option<string> Out =
        Symbols.Text("--out", "file", "write a copy with boxes and captions; .jpg, .jpeg, .png or .webp");

    public static Command Definition { get; } = new Verb(
        "recognize", "say who is in a picture",
        """
        Prints a line for each face, the tallest first: 'label distance [top,right,bottom,left]', in pixels of the
        upright picture. The distance is 0 for the same face, 0.45 at the
        threshold and 1 while nobody is enrolled. Nothing is recorded or dispatched.
        """,
        [Image, Out], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var (screen, file) = (context.Screen, context.Get(Image));
        var outFile = context.Get(Out);
        var outExtension = outFile is null ? null : Annotation.ExtensionOf(outFile);
        var image = await ReadAsync(file, ct);

        using var server = new FaceServer(context.Server);
        var answer = await AskAsync(server, image, PhotoFolder.MediaTypeOf(file) ?? "application/octet-stream", ct);
        if (!answer.IsSuccess)
        {
            var refusal = answer.Refusal();
            throw new CommandFailedException($"{file}: {refusal.Code}: {refusal.Message}");
        }

        var faces = answer.Read<RecognizeAnswer>().Results ?? [];
        if (screen.IsForPrograms)
        {
            screen.Page(answer.Body.TrimEnd() + "\n");
        }
        else
        {
            foreach (var face in faces) Annotation.Show(screen, face);
            if (faces.Count == 0) screen.Note($"No face in {file}.");
        }
        if (outFile is not null) await Annotation.WriteAsync(outFile, Annotation.Draw(image, faces, outExtension!), ct);
        return ExitCode.Done;
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{file} cannot be read: {e.Message}");
        }
    }

    private static async Task<ServerAnswer> AskAsync(FaceServer server, byte[] image, string mediaType, CancellationToken ct)
    {
        try
        {
            return await Patience.WhileBusyAsync(c => server.RecognizeAsync(image, mediaType, c), ct);
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }
}
