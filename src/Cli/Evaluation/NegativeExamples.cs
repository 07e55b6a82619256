using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>
/// What a correction costs and brings. Each student gets the worst negative example there is: of all pictures of other people the one that
/// is nearest to them. Their own pictures should still be named. And of those with several pictures the one who is nearest: what the other
/// pictures show should not be taken for the student any more, at whatever threshold.
/// </summary>
internal static class NegativeExamples
{
    private static readonly float[] Margins = [0, MatchPolicy.NegativeMargin, MatchPolicy.LookalikeMargin];

    private sealed record Seen(string Person, Embedding Face);

    private sealed record Case(Embedding Student, Embedding Example, IReadOnlyList<Embedding> Asked);

    public static void Tell(Report report, IReadOnlyList<(string Name, Students Students, float Threshold)> measured, CancellationToken ct)
    {
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var (name, students, threshold) in measured)
        {
            var (own, others) = CasesOf(students, ct);
            var named = own.SelectMany(c => c.Asked.Select(p => (Case: c, Probe: p)))
                .Where(x => x.Probe.CosineSimilarity(x.Case.Student) >= threshold).ToList();
            var further = others.SelectMany(c => c.Asked.Select(p => (Case: c, Probe: p))).ToList();
            foreach (var margin in Margins)
            {
                rows.Add(
                [
                    name, Cell.Similarity(threshold), Cell.Number(margin, "0.00"),
                    Share.Of(named, x => IsRefused(x.Case, x.Probe, margin)), Share.Of(further, x => IsRefused(x.Case, x.Probe, margin)),
                ]);
            }
        }
        report.Table(
            "Negative examples, the worst for each student",
            ["templates", "threshold", "margin", "own photos no longer named", "further photos of the other refused"], rows);
    }

    private static bool IsRefused(Case one, Embedding probe, float margin)
    {
        var apart = MathF.Sqrt(Math.Max(0, 2 - (2 * one.Example.CosineSimilarity(one.Student))));
        return probe.CosineSimilarity(one.Student) - probe.CosineSimilarity(one.Example) <= margin * apart;
    }

    private static (List<Case> Own, List<Case> Others) CasesOf(Students students, CancellationToken ct)
    {
        var all = students.Members
            .SelectMany(m => m.Templates.Concat(m.Probes.Select(p => p.Face).OfType<Embedding>()).Select(face => new Seen(m.Name, face)))
            .ToList();
        var several = all.GroupBy(s => s.Person).Where(g => g.Count() > 1).ToDictionary(g => g.Key, g => g.Select(s => s.Face).ToList());
        var (own, others) = (new List<Case>(), new List<Case>());
        foreach (var member in students.Members)
        {
            ct.ThrowIfCancellationRequested();
            var probes = member.Probes.Select(p => p.Face).OfType<Embedding>().ToList();
            if (probes.Count == 0) continue;
            var strangers = all.Where(s => s.Person != member.Name)
                .OrderByDescending(s => s.Face.CosineSimilarity(member.Direction)).ToList();
            own.Add(new(member.Direction, strangers[0].Face, probes));
            if (strangers.FirstOrDefault(s => several.ContainsKey(s.Person)) is { } near)
                others.Add(new(member.Direction, near.Face, [.. several[near.Person].Where(face => face != near.Face)]));
        }
        return (own, others);
    }
}
