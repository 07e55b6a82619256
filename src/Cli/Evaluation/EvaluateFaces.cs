using System.Globalization;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How many of the faces in a picture are found.</summary>
internal static class EvaluateFaces
{
    public static Command Definition { get; } = new(
        "evaluate faces", new("counts.csv", null),
        "measure on pictures of known numbers of people how many faces are found",
        "The table's first two columns name a picture, and say how many faces it shows.",
        [EvaluateCommands.Pictures, .. EvaluateCommands.Common], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var file = context.Arguments.Operand;
        var folder = EvaluateCommands.PicturesOf(context);
        var known = CsvTable.Read(file).Rows.Select(row => row is [var picture, var count, ..] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var faces)
            ? (Picture: picture, File: Path.Combine(folder, picture), Faces: faces)
            : throw new CommandFailedException($"{file}: the line '{string.Join(',', row)}' is not of the form picture,number.")).ToList();
        using var engine = EvaluateCommands.OpenEngine(context);
        var seen = await engine.SeeAsync([.. known.Select(k => k.File).Distinct(StringComparer.Ordinal)], EvaluateCommands.CacheOf(context, engine), ct);

        var report = new Report($"Faces found, {engine.Profile}");
        report.Table("Pictures", ["picture", "faces known", "faces found"],
            [.. known.Select(k => (IReadOnlyList<Cell>)[k.Picture, k.Faces, seen[k.File].Frame is { } frame ? frame.Faces.Count : seen[k.File].Error!])]);
        report.Write(context.Screen, context.Arguments[EvaluateCommands.Out]);
        return ExitCode.Done;
    }
}
