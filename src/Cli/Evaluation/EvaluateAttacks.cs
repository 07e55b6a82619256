using System.Collections.Concurrent;
using System.CommandLine;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>What passive detection alone makes of single pictures.</summary>
internal static class EvaluateAttacks
{
    private static readonly string[] BonaFide = ["live", "bona-fide", "bonafide"];

    private static readonly Argument<string> Folder = Symbols.Operand("folder", "holds live/ and a folder for each species of attack");

    public static Command Definition { get; } = new Verb(
        "attacks", "measure on pictures of people and of attacks what passive detection takes for live",
        """
        The folder holds live/ (or bona-fide/), pictures of people before a camera, and any number of other folders, each of
        one species of attack: prints, screens, masks. Tells the share of each species taken for live (APCER) and of people
        taken for an attack (BPCER). The server asks the median of several frames, not a single one.
        """,
        [Folder, .. EvaluateCommands.Common], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var species = ReadSpecies(context.Get(Folder));
        using var engine = EvaluateCommands.OpenEngine(context);
        if (!engine.Analyzer.HasPad)
            throw new CommandFailedException(
                $"The profile '{engine.Profile}' has no passive detection; name another with {EvaluateCommands.Profile.Name}.");
        var frames = new ConcurrentDictionary<string, LivenessFrame?>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(species.SelectMany(s => s.Files),
            new ParallelOptions { MaxDegreeOfParallelism = engine.Analyzer.WorkerCount, CancellationToken = ct },
            async (file, c) => frames[file] = await engine.LookAsync(file, LivenessLook.Pad, c));

        var report = new Report($"Presentation attacks, passive detection alone, {engine.Profile}");
        report.Paragraph(
            "A face counts as live from a probability of 0.5 on. In brackets: 95 % intervals (Wilson). Pictures without a face are " +
            "taken for neither.");
        report.Table("Species",
            ["species", "pictures", "without a face", "attacks taken for live (APCER)", "people taken for an attack (BPCER)"],
            [.. species.Select(Row)]);
        report.Write(context.Screen, context.Get(EvaluateCommands.Out));
        return ExitCode.Done;

        IReadOnlyList<Cell> Row((string Name, IReadOnlyList<string> Files) kind)
        {
            var scores = kind.Files.Select(f => frames[f]?.Face?.LiveProbability).OfType<float>().ToList();
            var isPeople = BonaFide.Contains(kind.Name, StringComparer.OrdinalIgnoreCase);
            Cell errors = Share.Of(scores, s => s >= LivenessRules.LeastLive != isPeople);
            return [
                kind.Name, kind.Files.Count, kind.Files.Count - scores.Count, isPeople ? Cell.None : errors, isPeople ? errors : Cell.None];
        }
    }

    private static List<(string Name, IReadOnlyList<string> Files)> ReadSpecies(string folder)
    {
        try
        {
            var species = Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
                .Select(s =>
                    (Path.GetFileName(s),
                        (IReadOnlyList<string>)[.. Directory.GetDirectories(s, "*", SearchOption.AllDirectories).Prepend(s)
                            .SelectMany(PeopleFolder.Pictures)]))
                .Where(s => s.Item2.Count > 0).ToList();
            return species.Count > 0 ? species
                : throw new CommandFailedException(
                    $"{folder} holds no folder of pictures; it takes live/ and one folder for each species of attack.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The pictures cannot be listed: {e.Message}");
        }
    }
}
