using FaceAttendance.Domain.Liveness;
using NUnit.Framework;
using static FaceAttendance.Domain.Liveness.LivenessAction;

namespace FaceAttendance.Domain.Tests.Liveness;

public sealed class LivenessPlanTests
{
    [Test]
    public void Draw_TwoOfFive_EveryPairInWhichTheFaceChangesIsAsLikely()
    {
        const int Draws = 14_000;
        var seen = Plans(LivenessActions.Common, 2, Draws).CountBy(p => (p.Asked[0], p.Asked[1])).ToDictionary();

        // 20 ordered pairs, less the six of nod and turns; each comes some 1000 times, with a standard deviation of 31.
        Assert.That(seen, Has.Count.EqualTo(14));
        Assert.That(seen.Keys.All(p => p.Item1 != p.Item2 && (p.Item1 is Blink or MouthOpen || p.Item2 is Blink or MouthOpen)), Is.True);
        Assert.That(seen.Values, Is.All.InRange(850, 1150));
    }

    [TestCase("Nod,TurnLeft", 2)]
    [TestCase("TurnLeft", 1)]
    [TestCase("Blink", 1)]
    [TestCase("Blink,MouthOpen,Nod,TurnLeft,TurnRight", 5)]
    public void Draw_SmallSets_AsksEachOnceAndSparesTheRest(string set, int steps)
    {
        LivenessAction[] actions = [.. set.Split(',').Select(Enum.Parse<LivenessAction>)];

        foreach (var plan in Plans(actions, steps, 50))
        {
            Assert.That(plan.Asked, Has.Count.EqualTo(steps));
            Assert.That(plan.Asked.Concat(plan.Spares), Is.EquivalentTo(actions));
        }
    }

    [Test]
    public void Draw_WithMoveCloser_AsksItOnTopAtAnyPlace()
    {
        var plans = Plans(LivenessActions.All, 2, 3_000);

        Assert.That(plans.Select(p => p.Asked.Count(a => a == MoveCloser)), Is.All.EqualTo(1));
        Assert.That(plans.Select(p => p.Asked.Count), Is.All.EqualTo(3));
        Assert.That(
            plans.CountBy(p => p.Asked.ToList().IndexOf(MoveCloser)).Select(c => c.Value), Is.All.InRange(900, 1100).And.Exactly(3).Items);
        Assert.That(plans.Select(p => p.Asked.Any(LivenessActions.ChangesFace)), Is.All.True);
        Assert.That(plans.SelectMany(p => p.Spares), Has.None.EqualTo(MoveCloser));
        Assert.That(plans.Select(p => p.Rests.Count), Is.All.EqualTo(4));
    }

    [Test]
    public void Draw_Rests_OneBeforeEachLaterQuestionAndTwoForAStrikeAllWithinTheirBounds()
    {
        var rests = Plans(LivenessActions.Common, 3, 500).Select(p => p.Rests).ToList();

        Assert.That(rests.Select(r => r.Count), Is.All.EqualTo(4));
        Assert.That(rests.SelectMany(r => r), Is.All.InRange(LivenessRules.ShortestRest, LivenessRules.LongestRest));
        Assert.That(rests.SelectMany(r => r).Distinct().Count(), Is.GreaterThan(500));
    }

    private static List<LivenessPlan> Plans(IReadOnlyList<LivenessAction> actions, int steps, int count)
    {
        const int Seed = 20_260_105;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, count).Select(_ => LivenessPlan.Draw(actions, steps, random.Next))];
    }
}
