using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How well two pictures tell whether they show one person.</summary>
internal static class EvaluateVerification
{
    private static readonly string[] Yes = ["yes", "true", "1", "same"], No = ["no", "false", "0", "different"];

    private static readonly double[] Rates = [0.1, 1e-2, 1e-3, 1e-4];

    private static readonly Argument<string> Pairs = Symbols.Operand("pairs.csv", "two pictures, and yes or no, on each line");

    public static Command Definition { get; } = new Verb(
        "verification", "measure on pairs of pictures whether one person is told from another",
        """
        The table's first three columns name two pictures and say whether they show the same person: yes or no,
        true or false, 1 or 0. Works in this process, without a server.
        """,
        [Pairs, EvaluateCommands.Pictures, EvaluateCommands.Central, .. EvaluateCommands.Common], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var pairs = Read(context.Get(Pairs), EvaluateCommands.PicturesOf(context, Pairs));
        using var engine = EvaluateCommands.OpenEngine(context);
        var files = pairs.SelectMany(p => new[] { p.One, p.Other }).Distinct(StringComparer.Ordinal).ToList();
        var seen = await engine.SeeAsync(files, EvaluateCommands.CacheOf(context, engine), ct);
        var faces =
            files.ToDictionary(f => f, f => PeopleFolder.FaceOf(f, seen[f], context.Get(EvaluateCommands.Central)), StringComparer.Ordinal);

        var (same, different) = (new ScoreCounts(), new ScoreCounts());
        foreach (var (one, other, isSame) in pairs)
        {
            // Without a face in both nothing can match.
            (isSame ? same : different).Add(faces[one].Face is { } a && faces[other].Face is { } b ? a.CosineSimilarity(b) : -1);
        }
        if (same.Total == 0 || different.Total == 0)
            throw new CommandFailedException(
                "The table has pairs of one kind alone; errors are told of pairs that are the same person and of pairs that are not.");
        Tell(context, engine, [.. faces.Values], same, different);
        return ExitCode.Done;
    }

    private static void Tell(CommandContext context, Engine engine, FacePicture[] faces, ScoreCounts same, ScoreCounts different)
    {
        var report = new Report($"Verification, {engine.Profile}");
        report.Paragraph(string.Create(CultureInfo.InvariantCulture,
            $"{same.Total} pairs of one person, {different.Total} of two; {faces.Length} pictures, {faces.Count(f => f.Face is null)} " +
            $"of them without a face. In brackets: 95 % intervals (Wilson)."));
        report.Fact("contract", engine.Embedder.Contract.Value);
        var equal = ErrorCurve.EqualErrors(same, different);
        var rows = new List<IReadOnlyList<Cell>>
        {
            Row("verification (1:1)", engine.Embedder.VerificationThreshold), Row("base (distance 0.45)", engine.Embedder.BaseThreshold),
            Row("equal errors (EER)", equal.Threshold),
        };
        rows.AddRange(Rates.Where(r => r * different.Total >= 1)
            .Select(r => Row(string.Create(CultureInfo.InvariantCulture, $"FMR at most {r}"), different.SimilarityAt(r))));
        report.Table("At thresholds", ["which", "threshold", "false matches (FMR)", "false non-matches (FNMR)"], rows);
        report.Fact("equal error rate", (equal.Stranger + equal.Missed) / 2);
        var curve = ErrorCurve.Of(same, different);
        report.Series("DET", curve);
        report.Drawing("det.svg", Drawing.Trade("False matches and false non-matches", [(engine.Profile, curve)]),
            "False matches against false non-matches");
        report.Drawing("scores.svg", Drawing.Scores("Similarities", [("one person", same), ("two people", different)]),
            "How often which similarity was met");
        report.Write(context.Screen, context.Get(EvaluateCommands.Out));

        IReadOnlyList<Cell> Row(string name, double threshold) =>
            [name, Cell.Similarity(threshold), different.From(threshold), same.Below(threshold)];
    }

    private static List<(string One, string Other, bool IsSame)> Read(string file, string folder)
    {
        var pairs = new List<(string, string, bool)>();
        foreach (var row in CsvTable.Read(file).Rows)
        {
            if (row is not [var one, var other, var word, ..] || IsSame(word) is not { } isSame)
                throw new CommandFailedException(
                    $"{file}: the line '{string.Join(',', row)}' is not of the form picture,picture,yes or no.");
            pairs.Add((Path.Combine(folder, one), Path.Combine(folder, other), isSame));
        }
        return pairs;
    }

    private static bool? IsSame(string word) =>
        Yes.Contains(word, StringComparer.OrdinalIgnoreCase) ? true : No.Contains(word, StringComparer.OrdinalIgnoreCase) ? false : null;
}
