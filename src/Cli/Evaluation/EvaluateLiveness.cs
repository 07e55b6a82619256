using System.CommandLine;
using System.Globalization;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Whether filmed sequences pass a liveness session that asks one action.</summary>
internal static class EvaluateLiveness
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private static readonly Option<string> Actions =
        Symbols.Text("--actions", "file.csv", "which sequence (path from the folder) is asked what, where its name does not say so");

    private static readonly Option<double> FilmedAt =
        Symbols.Number("--fps", "number", "frames a second that the sequences were filmed at", 25, 1, 240);

    private static readonly Option<string> Rates =
        Symbols.Text("--rates", "list", "frames a second to play, each an n-th part of that (default: 25,12,5,2)");

    private static readonly Argument<string> Folder = Symbols.Operand("folder", "holds a folder of frames for each sequence");

    public static Command Definition { get; } = new Verb(
        "liveness", "measure on filmed sequences who passes a liveness session",
        $"""
        A sequence is a folder of frames, in the order of their names. What it is asked for stands in its path, as a folder
        that is named by the action or begins with it and - or _: {string.Join(", ", Words.All<LivenessAction>())}.
        The template is the sequence's own first face. At a lower rate every n-th frame is played, from each beginning.
        """,
        [Folder, Actions, FilmedAt, Rates, .. EvaluateCommands.Common], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var filmed = context.Get(FilmedAt);
        var every = (context.Get(Rates) ?? "25,12,5,2").Split(',', StringSplitOptions.TrimEntries)
            .Select(r => double.TryParse(r, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
                && rate > 0 ? Math.Max(1, (int)Math.Round(filmed / rate))
                : throw new UsageException($"{Rates.Name} takes numbers between commas, not '{r}'.")).Distinct().ToList();
        var sequences = ReadSequences(context, context.Get(Folder));
        using var engine = EvaluateCommands.OpenEngine(context);
        var report = new Report($"Liveness sessions, {engine.Profile}");
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var (name, action, files) in sequences)
        {
            context.Screen.Progress(name);
            var frames = new LivenessFrame?[files.Count];
            await Parallel.ForAsync(
                0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = engine.Analyzer.WorkerCount, CancellationToken = ct },
                async (i, c) => frames[i] = await engine.LookAsync(files[i], LivenessLook.Pad | LivenessLook.View, c));
            foreach (var step in every)
            {
                var verdicts = Enumerable.Range(0, step)
                    .Select(phase =>
                        Play(engine, action, filmed / step, [.. frames.OfType<LivenessFrame>().Where((_, i) => i % step == phase)]))
                            .ToList();
                var others = verdicts.Where(v => v.Outcome == LivenessOutcome.Failed).GroupBy(v => v.Fault)
                    .OrderByDescending(g => g.Count()).Select(g => $"{g.Key} {g.Count()}");
                rows.Add([name, Words.Of(action), Cell.Number(filmed / step, "0.#"),
                    Share.Of(verdicts, v => v.Outcome == LivenessOutcome.Passed), verdicts.Count, string.Join(", ", others)]);
            }
        }
        context.Screen.Progress("");
        report.Table("Sequences", ["sequence", "asked", "frames/s", "passed", "sessions", "else"], rows);
        report.Write(context.Screen, context.Get(EvaluateCommands.Out));
        return ExitCode.Done;
    }

    private static LivenessJudgement Play(Engine engine, LivenessAction action, double framesPerSecond, IReadOnlyList<LivenessFrame> frames)
    {
        var template = frames.FirstOrDefault(f => f.Face is not null)?.Face?.Embedding;
        var session =
            new LivenessSession(
                new LivenessRules(Longest, engine.Embedder.VerificationThreshold, engine.Analyzer.HasPad), new LivenessPlan([action]));
        for (var i = 0; i < frames.Count && session.Current.Outcome == LivenessOutcome.Running; i++)
        {
            var at = TimeSpan.FromSeconds(i / framesPerSecond);
            var wantsScore = session.WantsLiveScore(at);
            var frame = frames[i];
            session.Observe(at, new(frame.MeanGrey, frame.PixelDigest, frame.FaceCount, frame.Face is { } face
                ? new(face.Box, face.Share, face.Geometry, face.Embedding, template!.CosineSimilarity(face.Embedding),
                    session.WantsView ? face.View : null,
                    wantsScore ? face.LiveProbability : null)
                : null));
        }
        session.Tick(Longest);
        return session.Current;
    }

    private static List<(string Name, LivenessAction Action, IReadOnlyList<string> Files)> ReadSequences(
        CommandContext context, string folder)
    {
        var asked = context.Get(Actions) is { } table
            ? CsvTable.Read(table).Rows.Where(r => r.Count > 1)
                .ToDictionary(r => r[0].Replace('\\', '/').Trim('/'), r => r[1], StringComparer.Ordinal) : [];
        var sequences = new List<(string, LivenessAction, IReadOnlyList<string>)>();
        try
        {
            foreach (var path in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
                var files = PeopleFolder.Pictures(path);
                if (files.Count < 2) continue;
                var action = asked.TryGetValue(name, out var word) ? Words.Parse<LivenessAction>(word) : ActionIn(name);
                if (action is { } known) sequences.Add((name, known, files));
                else context.Screen.Note($"{name} is left out: neither its name nor {Actions.Name} says which action it shows.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The sequences cannot be listed: {e.Message}");
        }
        return sequences.Count > 0 ? sequences : throw new CommandFailedException($"{folder} holds no sequence whose action is known.");
    }

    private static LivenessAction? ActionIn(string path)
    {
        foreach (var part in path.Split('/'))
        {
            foreach (var action in LivenessActions.All)
            {
                var name = Words.Of(action);
                var spelled = part.Replace('-', '_');
                if (spelled.Equals(name, StringComparison.OrdinalIgnoreCase)
                    || spelled.StartsWith(name + "_", StringComparison.OrdinalIgnoreCase)) return action;
            }
        }
        return null;
    }
}
