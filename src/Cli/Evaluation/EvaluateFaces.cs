using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How many of the faces in a picture are found.</summary>
internal static class EvaluateFaces
{
    private static readonly Argument<string> Counts = Symbols.Operand("counts.csv", "a picture and its number of faces on each line");

    public static Command Definition { get; } = new Verb(
        "faces", "measure on pictures of known numbers of people how many faces are found",
        "The table's first two columns name a picture, and say how many faces it shows.",
        [Counts, EvaluateCommands.Pictures, .. EvaluateCommands.Common], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var file = context.Get(Counts);
        var folder = EvaluateCommands.PicturesOf(context, Counts);
        var known = CsvTable.Read(file).Rows
            .Select(row => row is [var picture, var count, ..]
                && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var faces)
            ? (Picture: picture, File: Path.Combine(folder, picture), Faces: faces)
            : throw new CommandFailedException($"{file}: the line '{string.Join(',', row)}' is not of the form picture,number.")).ToList();
        using var engine = EvaluateCommands.OpenEngine(context);
        var seen =
            await engine.SeeAsync(
                [.. known.Select(k => k.File).Distinct(StringComparer.Ordinal)], EvaluateCommands.CacheOf(context, engine), ct);

        var report = new Report($"Faces found, {engine.Profile}");
        report.Table("Pictures", ["picture", "faces known", "faces found"],
            [.. known.Select(k =>
                (IReadOnlyList<Cell>)[k.Picture, k.Faces, seen[k.File].Frame is { } frame ? frame.Faces.Count : seen[k.File].Error!])]);
        report.Write(context.Screen, context.Get(EvaluateCommands.Out));
        return ExitCode.Done;
    }
}
