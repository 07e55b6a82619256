using System.CommandLine;
using System.Globalization;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Inference;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How many of the enrolled are named, and how many strangers, in galleries of several sizes.</summary>
internal static class EvaluateIdentification
{
    private const string DefaultSizes = "100,400,1200,full";
    private const string Full = "full";

    // False-match rates that a comparison of two is told at, and rates of strangers that the trade-off is.
    private static readonly double[] MatchRates = [1e-2, 1e-3, 1e-4, 1e-5];
    private static readonly double[] StrangerRates = [0.1, 0.03, 0.01, 0.003, 0.001];

    private static readonly Option<string> Sizes =
        Symbols.Text("--sizes", "list", $"students in the gallery, or {Full} (default: {DefaultSizes})");

    private static readonly Option<double> Rate = Symbols.Number(
        "--rate", "share", "share of strangers that may be named; the threshold follows from it", 0.01, 1e-6, 0.5);

    private static readonly Option<double?> FixedThreshold = Symbols.Number(
        "--threshold", "similarity", "a threshold that holds at every size, in place of --rate", -1, 1);

    private static readonly Option<int> Rounds =
        Symbols.Count("--rounds", "count", "galleries drawn at random for each size", 20, 1, 10_000);

    private static readonly Option<string> Only = Symbols.Text("--only", "file", "takes only the people whom the file names, one a line");

    private static readonly Option<string> Doubles =
        Symbols.Text("--doubles", "file.csv", "pairs of names that are one person: the second is left out");

    private static readonly Option<string> By =
        Symbols.Text("--by", "file.csv:column", "tells the errors apart by what the column says of a person or a file (first column)");

    private static readonly Option<int?> Lookalikes = Symbols.Count(
        "--lookalikes", "count", "lists so many pairs of names that are nearest, to find wrong labels by", 1, 10_000);

    private static readonly Option<bool> Negatives =
        Symbols.Switch("--negatives", "what a negative example costs its student, and brings");

    private static readonly Option<bool> WriteCalibration =
        Symbols.Switch("--write-calibration", "write how strangers score into the model manifest");

    private static readonly Option<string> Manifest =
        Symbols.Text("--manifest", "file", "the manifest to write into (default: this program's own)");

    private static readonly Argument<string> Folder = Symbols.Operand("folder", "holds a folder of pictures for every person");

    public static Command Definition { get; } = new Verb(
        "identification", "measure on a folder of people how many are named rightly, and how many strangers",
        """
        The folder holds enrol/, probe/ and unknown/, each with a folder of pictures for every person; or it is one folder
        of people, of whom those with several pictures are enrolled with the first, or the first two, and asked for with
        the rest, and those with one fill the gallery or are strangers. Works in this process, without a server, with the
        server's models, quality rule, search and thresholds. Every share comes with its 95 % interval. Galleries smaller
        than the whole are drawn several times. With --out what was seen of the pictures is kept beside the report, for
        the next run: it holds faces' templates, so delete it when you are done.
        """,
        [
            Folder, Sizes, Rate, FixedThreshold, Rounds, Only, Doubles, By, Lookalikes, Negatives, WriteCalibration, Manifest,
            EvaluateCommands.Central, EvaluateCommands.Seed, .. EvaluateCommands.Common,
        ],
        RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var (rate, rounds, seed) = (context.Get(Rate), context.Get(Rounds), context.Get(EvaluateCommands.Seed));
        var sizes = ParseSizes(context.Get(Sizes) ?? DefaultSizes);
        var groups = context.Get(By) is { } by ? Groups.Read(by) : null;
        var people = PeopleOfFolder.Read(context.Get(Folder), Filter(context));

        using var engine = EvaluateCommands.OpenEngine(context);
        var recognition = new RecognitionOptions
        {
            StrangerRate = rate,
            BaseThreshold = engine.Embedder.BaseThreshold,
            Calibration = engine.Embedder.Scores,
            LeastOwnSimilarity = engine.Embedder.LeastOwnSimilarity,
        };
        var threshold = (float?)context.Get(FixedThreshold);
        var seen = await engine.SeeAsync(people.Files, EvaluateCommands.CacheOf(context, engine), ct);

        var report = new Report($"Identification, {engine.Profile}");
        var measured = new List<(string Name, IdentificationResult Result)>();
        var comparisons = new List<(string Name, Comparisons Scores)>();
        var rows = new List<IReadOnlyList<Cell>>();
        Students? first = null;
        var enrolled = new List<(string Name, Students Students, float Threshold)>();
        for (var templates = 1; templates <= 2; templates++)
        {
            var students = people.Enrol(seen, templates, context.Get(EvaluateCommands.Central));
            if (students.Members.Count < 2)
                throw new CommandFailedException("Of fewer than two people a picture could be enrolled; there is nothing to tell apart.");
            if (templates == 1) Describe(report, people, first = students, seed, rounds);
            // Nobody has a second template and a picture to be asked for with.
            else if (!students.Members.Any(m => m.Templates.Count == templates && m.Probes.Count > 0)) break;
            var name = templates == 1 ? "one photo each" : "two photos where there are";
            comparisons.Add(
                (templates == 1 ? "one photo" : "two photos", Comparisons.Of(students, templates, seed, engine.Analyzer.WorkerCount, ct)));
            var identification =
                new Identification(students, size => ThresholdsOf(recognition, threshold, size), seed, engine.Analyzer.WorkerCount);
            var fitting = sizes.Select(s => s ?? students.Largest).Where(s => s <= students.Largest).Distinct().ToList();
            if (fitting.Count == 0)
                throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"The set fills no gallery of {context.Get(Sizes)} students; the largest is {students.Largest}."));
            foreach (var size in fitting)
            {
                context.Screen.Progress(string.Create(CultureInfo.InvariantCulture, $"{size} students, {name}"));
                var result = identification.Run(size, rounds, ct);
                if (size == fitting.Max()) measured.Add((name, result));
                if (size == fitting.Max()) enrolled.Add((name, students, (float)result.Threshold));
                rows.Add(
                [
                    size, name, Cell.Similarity(result.Threshold), result.Named, result.Misnamed, result.Accepted,
                    threshold is null ? Cell.Number(result.Accepted.Rate / rate, "0.00") : Cell.None, result.FalseDoubles,
                    result.TrueDoubles,
                ]);
            }
        }
        context.Screen.Progress("");

        report.Fact("rate", threshold is null ? rate : null);
        report.Fact("seed", seed);
        report.Fact("rounds", rounds);
        report.Fact("contract", engine.Embedder.Contract.Value);
        report.Table("At each size",
            ["students", "templates", "threshold", "named (TPIR)", "as somebody else", "strangers named (FPIR)", "of the rate set",
                "false doubles", "true doubles found"], rows);
        TellTrade(report, measured);
        TellComparisons(report, comparisons, engine.Embedder);
        TellRefused(report, first!);
        if (groups is not null) TellGroups(report, groups, measured[0].Result);
        if (context.Get(Lookalikes) is { } count) TellLookalikes(report, first!, count);
        if (context.Get(Negatives)) NegativeExamples.Tell(report, enrolled, ct);
        report.Write(context.Screen, context.Get(EvaluateCommands.Out));

        if (context.Get(WriteCalibration)) Calibrate(context, engine, people, comparisons);
        return ExitCode.Done;
    }

    private static Thresholds ThresholdsOf(RecognitionOptions recognition, float? threshold, GallerySize size)
    {
        var policy = recognition.PolicyFor(size);
        if (threshold is { } given) policy = policy with { Threshold = given };
        return new(policy, Math.Max(policy.Threshold, recognition.DuplicateThresholdFor(size)));
    }

    private static IReadOnlyList<int?> ParseSizes(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(s => s.Equals(Full, StringComparison.OrdinalIgnoreCase) ? (int?)null
            : int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 1 ? size
            : throw new UsageException($"{Sizes.Name} takes whole numbers from 2 on and '{Full}', between commas, not '{s}'."))];

    private static Func<string, bool> Filter(CommandContext context)
    {
        var only = context.Get(Only) is { } list ? ReadNames(list) : null;
        var doubles = context.Get(Doubles) is { } pairs ? CsvTable.Read(pairs).Rows.Where(r => r.Count > 1).Select(r => r[1])
            .ToHashSet(StringComparer.Ordinal) : [];
        return person => only?.Contains(person) != false && !doubles.Contains(person);
    }

    private static HashSet<string> ReadNames(string file)
    {
        try
        {
            return File.ReadLines(file).Select(l => l.Trim()).Where(l => l.Length > 0).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The list of people cannot be read: {e.Message}");
        }
    }

    private static void Describe(Report report, PeopleOfFolder people, Students students, int seed, int rounds)
    {
        var asked = students.Members.Count(m => m.Probes.Count > 0);
        report.Fact("people", people.People);
        report.Fact("pictures", people.Files.Count);
        report.Paragraph(string.Create(CultureInfo.InvariantCulture,
            $"{people.People} people, {people.Files.Count} pictures; {asked} people can be enrolled and asked for, at " +
            $"most {students.Largest} are enrolled at once, the others are strangers. Each size: {rounds} galleries, drawn with " +
            $"seed {seed}. In brackets: 95 % intervals (Wilson)."));
    }

    private static void TellTrade(Report report, List<(string Name, IdentificationResult Result)> measured)
    {
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var rate in StrangerRates)
        {
            var cells = new List<Cell> { Cell.Rate(rate) };
            foreach (var (_, result) in measured)
            {
                var threshold = result.Strangers.SimilarityAt(rate);
                cells.Add(Cell.Similarity(threshold));
                cells.Add(result.Right.Below(threshold).AtMost(result.Named.Trials));
            }
            rows.Add(cells);
        }
        report.Table($"Trade-off with {measured[0].Result.Size.ToString("N0", CultureInfo.InvariantCulture)} students",
            ["strangers named (FPIR)", .. measured.SelectMany(m => new[] { $"threshold, {m.Name}", $"not named (FNIR), {m.Name}" })], rows);
        foreach (var (name, result) in measured)
            report.Series($"DET, identification, {name}", ErrorCurve.Of(result.Right, result.Strangers));
        report.Drawing("det.svg",
            Drawing.Trade("Strangers named and students missed",
                [.. measured.Select(m => (m.Name, ErrorCurve.Of(m.Result.Right, m.Result.Strangers)))]),
            "Strangers named against students missed");
    }

    private static void TellComparisons(Report report, List<(string Name, Comparisons Scores)> comparisons, EmbedderEntry embedder)
    {
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var (name, scores) in comparisons)
        {
            foreach (var rate in MatchRates.Where(r => r * scores.Strangers.Total >= 10))
            {
                var threshold = scores.Strangers.SimilarityAt(rate);
                rows.Add([name, Cell.Rate(rate), Cell.Similarity(threshold), scores.Right.Below(threshold), scores.Strangers.Total]);
            }
            var own = embedder.LeastOwnSimilarity;
            rows.Add([$"{name}, further photo refused below", Cell.Rate(Math.Round(scores.Strangers.From(own).Rate, 6)),
                Cell.Similarity(own), scores.Right.Below(own), scores.Strangers.Total]);
            var equal = ErrorCurve.EqualErrors(scores.Right, scores.Strangers);
            rows.Add([$"{name}, equal errors", Cell.Rate(Math.Round(equal.Stranger, 6)), Cell.Similarity(equal.Threshold),
                scores.Right.Below(equal.Threshold), scores.Strangers.Total]);
            report.Series($"DET, comparison, {name}", ErrorCurve.Of(scores.Right, scores.Strangers));
        }
        report.Table("One comparison",
            ["with a student of", "false matches (FMR)", "threshold", "false non-matches (FNMR)", "comparisons of strangers"], rows);
        report.Drawing("scores.svg",
            Drawing.Scores("Similarities",
                [.. comparisons.SelectMany(c => new[]
                {
                    ($"own, {c.Name}", c.Scores.Right), ($"strangers, {c.Name}", c.Scores.Strangers),
                })]),
            "How often which similarity was met");
    }

    private static void TellRefused(Report report, Students students)
    {
        var rows = students.Refused.GroupBy(p => p.Refusal!).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<Cell>)[g.Key, new Share(g.Count(), students.Attempts)])
            .Append([string.Create(CultureInfo.InvariantCulture, $"people without an enrolled photo: {students.NotEnrolled.Count}"),
                new Share(students.NotEnrolled.Count, students.NotEnrolled.Count + students.Members.Count)]);
        report.Table("Failure to enrol", ["why", "share of the photos tried"], [.. rows]);
    }

    private static void TellGroups(Report report, Groups groups, IdentificationResult result)
    {
        var named = result.NamedByProbe.ToLookup(p => groups.Of(p.Person, p.File));
        var accepted = result.AcceptedByStranger.ToLookup(p => groups.Of(p.Person, p.File));
        var rows = named.Select(g => g.Key).Union(accepted.Select(g => g.Key)).Order(StringComparer.Ordinal)
            .Select(group => (IReadOnlyList<Cell>)
        [
            group, ShareOf(named[group]), ShareOf(accepted[group]),
        ]);
        report.Table($"By {groups.Column}, {result.Size.ToString(CultureInfo.InvariantCulture)} students",
            [groups.Column, "named (TPIR)", "strangers named (FPIR)"], [.. rows]);

        static Share ShareOf(IEnumerable<(string Person, string File, bool IsHit)> asked)
        {
            var all = asked.ToList();
            return Share.Of(all, p => p.IsHit).AtMost(all.Select(p => p.File).Distinct(StringComparer.Ordinal).Count());
        }
    }

    private static void TellLookalikes(Report report, Students students, int count)
    {
        var nearest = new PriorityQueue<(string, string, float), float>();
        for (var i = 0; i < students.Members.Count; i++)
        {
            for (var k = 0; k < i; k++)
            {
                var similarity = students.Members[i].Direction.CosineSimilarity(students.Members[k].Direction);
                if (nearest.Count < count) nearest.Enqueue((students.Members[k].Name, students.Members[i].Name, similarity), similarity);
                else if (similarity > nearest.Peek().Item3)
                    nearest.EnqueueDequeue((students.Members[k].Name, students.Members[i].Name, similarity), similarity);
            }
        }
        report.Table("Lookalikes", ["one", "other", "similarity"],
            [.. nearest.UnorderedItems.Select(n => n.Element).OrderByDescending(n => n.Item3)
                .Select(n => (IReadOnlyList<Cell>)[n.Item1, n.Item2, Cell.Similarity(n.Item3)])]);
    }

    private static void Calibrate(
        CommandContext context, Engine engine, PeopleOfFolder people, List<(string Name, Comparisons Scores)> comparisons)
    {
        var one = ErrorCurve.Calibrate(comparisons[0].Scores.Strangers);
        // Where nobody has two pictures to be enrolled with, the one-photo curve is the nearest there is.
        var several = comparisons.Count > 1 ? ErrorCurve.Calibrate(comparisons[1].Scores.Strangers) : one;
        if (one.Count < 2 || several.Count < 2)
            throw new CommandFailedException(
                "The set is too small for a calibration: of ten comparisons of strangers and more, one in twenty must be known.");
        var file = context.Get(Manifest) ?? engine.ManifestPath;
        var command = $"{Commands.Program} evaluate identification --write-calibration --profile {engine.Profile}";
        ManifestFile.WriteCalibration(file, engine.EmbedderName,
            string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(people.Folder))}: {people.People} " +
                $"people, {comparisons[0].Scores.Strangers.Total} comparisons; {command}"), one, several);
        context.Screen.Line(
            new { type = "calibration", Embedder = engine.EmbedderName, file }, $"The calibration of {engine.EmbedderName} is in {file}.");
    }
}
