using System.Numerics.Tensors;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>The thresholds of a gallery of some size.</summary>
/// <param name="Policy">When the nearest student counts.</param>
/// <param name="Duplicate">From which similarity on a new face is refused as another student's.</param>
internal sealed record Thresholds(MatchPolicy Policy, float Duplicate);

/// <summary>What identification came to at one size of the gallery, over all rounds.</summary>
internal sealed class IdentificationResult
{
    public required int Size { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Probes of enrolled people that got their own name.</summary>
    public Share Named { get; set; }

    /// <summary>Probes of enrolled people that got another's name.</summary>
    public Share Misnamed { get; set; }

    /// <summary>Strangers who got any name.</summary>
    public Share Accepted { get; set; }

    /// <summary>Students whom enrolment, one after the other, refused as another's double although they are nobody's.</summary>
    public Share FalseDoubles { get; set; }

    /// <summary>Further photos of enrolled students that would be refused, rightly, under a new id.</summary>
    public Share TrueDoubles { get; set; }

    /// <summary>Mean over the rounds.</summary>
    public double Threshold { get; set; }

    /// <summary>Mean over the rounds.</summary>
    public double DuplicateThreshold { get; set; }

    /// <summary>Similarity of probes to their own student where that is the nearest; −1 where another is nearer or no face was
    /// found.</summary>
    public ScoreCounts Right { get; } = new();

    /// <summary>Similarity of strangers to the nearest student.</summary>
    public ScoreCounts Strangers { get; } = new();

    /// <summary>Each probe asked: whose, which picture, and whether it got its own name.</summary>
    public List<(string Person, string File, bool IsHit)> NamedByProbe { get; } = [];

    /// <summary>Each stranger asked, and whether it got a name.</summary>
    public List<(string Person, string File, bool IsHit)> AcceptedByStranger { get; } = [];
}

/// <summary>Plays the server's search and decision on galleries drawn at random, always the same for the same seed.</summary>
internal sealed class Identification(Students students, Func<GallerySize, Thresholds> thresholdsOf, int seed, int workers)
{
    /// <param name="size">At most <see cref="Students.Largest"/>.</param>
    public IdentificationResult Run(int size, int rounds, CancellationToken ct)
    {
        var played = new Round[rounds];
        Parallel.For(0, rounds, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = ct },
            i => played[i] = Play(size, HashCode(seed, size, i)));

        var result = new IdentificationResult { Size = size, Rounds = rounds };
        foreach (var round in played)
        {
            result.NamedByProbe.AddRange(round.Named);
            result.AcceptedByStranger.AddRange(round.Accepted);
            result.Right.Add(round.Right);
            result.Strangers.Add(round.Strangers);
        }
        var probes = (double)result.NamedByProbe.Select(p => p.File).Distinct(StringComparer.Ordinal).Count();
        result.Named = Share.Of(result.NamedByProbe, p => p.IsHit).AtMost(probes);
        result.Misnamed = new Share(played.Sum(r => r.Misnamed), result.NamedByProbe.Count).AtMost(probes);
        result.Accepted = Share.Of(result.AcceptedByStranger, p => p.IsHit).AtMost(DifferentStrangers(size, played));
        result.FalseDoubles = new Share(played.Sum(r => r.FalseDoubles), (double)size * rounds).AtMost(students.Members.Count);
        result.TrueDoubles = new Share(played.Sum(r => r.TrueDoubles), result.NamedByProbe.Count).AtMost(probes);
        result.Threshold = played.Average(r => r.Thresholds.Policy.Threshold);
        result.DuplicateThreshold = played.Average(r => r.Thresholds.Duplicate);
        return result;
    }

    /// <summary>
    /// A stranger before a gallery of N is N comparisons. Rounds that draw from the same people repeat comparisons, so that no more trials
    /// are told than comparisons that differ, divided by N.
    /// </summary>
    private double DifferentStrangers(int size, Round[] played)
    {
        var people = students.Members.Count;
        var pairs = (people * (people - 1) / 2.0) + ((double)students.Strangers.Count * people);
        var asked = played.Average(r => (double)r.Accepted.Count) * size;
        return pairs * (1 - Math.Pow(1 - Math.Min(1, asked / pairs), played.Length)) / size;
    }

    private Round Play(int size, int seedOfRound)
    {
        var random = new Random(seedOfRound);
        var order = students.Members.ToArray();
        random.Shuffle(order);
        // Who can be asked for comes first, then who has more templates: a small gallery would otherwise hold few of them.
        var enrolled = order.OrderBy(m => m.Probes.Count == 0).ThenByDescending(m => m.Templates.Count).Take(size).ToArray();
        var outside = order.Except(enrolled).Select(m => (m.Name, Picture: m.AsStranger)).Where(m => m.Picture is not null)
            .Select(m => (m.Name, m.Picture!))
            .Concat(students.Strangers.Select(s => (Name: Path.GetFileName(Path.GetDirectoryName(s.File)!), s)));

        var gallery = GalleryOf(enrolled);
        var thresholds = thresholdsOf(SizeOf(enrolled));
        var round = new Round(thresholds);
        for (var i = 0; i < enrolled.Length; i++)
        {
            foreach (var probe in enrolled[i].Probes)
            {
                var nearest = probe.Face is { } face ? gallery.Search(face, 2) : [];
                var name = thresholds.Policy.Decide([.. nearest], gallery.SimilarityOf).Student;
                var isNearest = nearest.Count > 0 && nearest[0].Student == IdOf(i);
                round.Named.Add((enrolled[i].Name, probe.File, name == IdOf(i)));
                if (name is not null && name != IdOf(i)) round.Misnamed++;
                round.Right.Add(isNearest ? nearest[0].Similarity : -1);
                if (isNearest && nearest[0].Similarity >= thresholds.Duplicate) round.TrueDoubles++;
            }
        }
        foreach (var (name, picture) in outside)
        {
            var nearest = picture.Face is { } face ? gallery.Search(face, 2) : [];
            round.Accepted.Add((name, picture.File, thresholds.Policy.Decide([.. nearest], gallery.SimilarityOf).Student is not null));
            round.Strangers.Add(nearest.Count > 0 ? nearest[0].Similarity : -1);
        }
        random.Shuffle(enrolled);
        round.FalseDoubles = CountFalseDoubles(enrolled);
        return round;
    }

    /// <summary>One enrols after the other; each photo is compared with those who came before.</summary>
    private int CountFalseDoubles(Member[] newcomers)
    {
        var count = 0;
        var size = default(GallerySize);
        for (var i = 0; i < newcomers.Length; i++)
        {
            var limit = thresholdsOf(size).Duplicate;
            if (newcomers[i].Templates.Any(t => Enumerable.Range(0, i)
                .Any(k => TensorPrimitives.Dot(t.Values, newcomers[k].Direction.Values) >= limit))) count++;
            size = Grow(size, newcomers[i]);
        }
        return count;
    }

    private static GallerySnapshot GalleryOf(Member[] enrolled) =>
        GallerySnapshot.Empty(enrolled[0].Direction.Contract, enrolled[0].Direction.Dimension).Change()
        .Add([.. enrolled.SelectMany((m, i) => m.Templates.Select(t => new GalleryEntry(TemplateId.New(), IdOf(i), t.Values.ToArray())))])
        .ToSnapshot();

    private static GallerySize SizeOf(Member[] enrolled) => enrolled.Aggregate(default(GallerySize), Grow);

    private static GallerySize Grow(GallerySize size, Member member) =>
        member.Templates.Count > 1 ? size with { Several = size.Several + 1 } : size with { One = size.One + 1 };

    // People's names need not be ids.
    private static StudentId IdOf(int number) => new($"s{number}");

    // Not HashCode.Combine, which differs from process to process.
    private static int HashCode(int seed, int size, int round) => unchecked((((seed * 31) + size) * 1_000_003) + round);

    private sealed class Round(Thresholds thresholds)
    {
        public Thresholds Thresholds { get; } = thresholds;

        public List<(string Person, string File, bool IsHit)> Named { get; } = [];

        public List<(string Person, string File, bool IsHit)> Accepted { get; } = [];

        public ScoreCounts Right { get; } = new();

        public ScoreCounts Strangers { get; } = new();

        public int Misnamed { get; set; }

        public int TrueDoubles { get; set; }

        public int FalseDoubles { get; set; }
    }
}
