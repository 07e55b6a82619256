using System.Numerics.Tensors;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>One-to-one scores: of people with their own student, and of everybody with everybody else's.</summary>
internal sealed class Comparisons
{
    // Beyond so many, pairs are drawn: a rate of one in a million is then borne out by ten.
    private const long MostPairs = 20_000_000;

    private Comparisons(ScoreCounts right, ScoreCounts strangers, long pairs) => (Right, Strangers, Pairs) = (right, strangers, pairs);

    /// <summary>Probes with their own student.</summary>
    public ScoreCounts Right { get; }

    public ScoreCounts Strangers { get; }

    /// <summary>Of different people there are so many; not all are compared where they are very many.</summary>
    public long Pairs { get; }

    /// <param name="templates">Compares with students of exactly so many templates, or of two and more.</param>
    public static Comparisons Of(Students students, int templates, int seed, int workers, CancellationToken ct)
    {
        var members = students.Members;
        // One face a person: their strangers' picture, or the first that would be enrolled.
        var asking = members.Select(m => m.AsStranger?.Face ?? m.Templates[0])
            .Concat(students.Strangers.Where(s => s.Face is not null).Select(s => s.Face!)).ToArray();
        var pairs = (long)members.Count(IsWanted) * asking.Length;
        var share = pairs <= MostPairs ? 1 : MostPairs / (double)pairs;
        var scores = new ScoreCounts();
        Parallel.For(0, members.Count, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = ct },
            () => new ScoreCounts(),
            (i, _, own) =>
            {
                if (!IsWanted(members[i])) return own;
                var random = share < 1 ? new Random(seed + i) : null;
                for (var k = 0; k < asking.Length; k++)
                {
                    // Two people of one picture each are one comparison, whoever of them is enrolled.
                    var isSeen = k < i && HasOnePicture(k) && HasOnePicture(i);
                    if (k == i || isSeen || random?.NextDouble() >= share) continue;
                    own.Add(Math.Clamp(TensorPrimitives.Dot(members[i].Direction.Values, asking[k].Values), -1, 1));
                }
                return own;
            },
            own =>
            {
                lock (scores) scores.Add(own);
            });
        var right = new ScoreCounts();
        foreach (var member in members.Where(IsWanted))
        {
            foreach (var probe in member.Probes) right.Add(probe.Face is { } face ? member.Direction.CosineSimilarity(face) : -1);
        }
        return new(right, scores, pairs);

        bool IsWanted(Member member) => templates == 1 ? member.Templates.Count == 1 : member.Templates.Count > 1;

        bool HasOnePicture(int i) => ReferenceEquals(asking[i], members[i].Templates[0]);
    }
}
