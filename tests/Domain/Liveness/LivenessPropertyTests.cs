using FaceAttendance.Domain.Liveness;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Liveness;

/// <summary>What holds for whatever happens before the camera. FsCheck prints the seed of a sequence that breaks it.</summary>
public sealed class LivenessPropertyTests
{
    /// <summary>Something that goes on for a while: an action or a neutral face, seen well or not.</summary>
    private sealed record Stretch(LivenessAction? Action, int Tenths, int Trouble);

    private static readonly Gen<Stretch> Stretches =
        from what in Gen.Choose(0, 9)
        from tenths in Gen.Choose(1, 25)
        from trouble in Gen.Choose(0, 15)
        select new Stretch(what < 5 ? LivenessActions.Common[what] : null, tenths, trouble);

    private static readonly Arbitrary<(int First, int Second, int Rate, Stretch[] Stretches)> Sessions = Arb.From(
        from first in Gen.Choose(0, 4)
        from second in Gen.Choose(0, 4)
        from rate in Gen.Elements(2, 5, 10, 25)
        from stretches in Stretches.ArrayOf(20)
        select (first, second, rate, stretches));

    [Test]
    public void Observe_SequenceWithoutTheAskedActionsInOrder_NeverPasses() => Prop.ForAll(Sessions, s =>
    {
        LivenessAction[] asked = [LivenessActions.Common[s.First], LivenessActions.Common[s.Second]];
        var done = s.Stretches.Where(x => x.Action is not null && x.Trouble >= 4).Select(x => x.Action!.Value).ToList();
        var verdict = Play(s.Rate, asked, s.Stretches).Session.Current;
        return IsInOrder(asked, done) || IsInOrder(Mirrored(asked), done) || IsInOrder(Confused(asked), done)
            || verdict.Outcome != LivenessOutcome.Passed;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Test]
    public void Observe_AnySequence_TimeAndStepsNeverGoBackAndTheSessionEnds() => Prop.ForAll(Sessions, s =>
    {
        LivenessAction[] asked = [LivenessActions.Common[s.First], LivenessActions.Common[s.Second]];
        var (session, seen) = Play(s.Rate, asked, s.Stretches);
        var forward = seen.Zip(seen.Skip(1))
            .All(p => p.Second.Left <= p.First.Left && p.Second.StepsDone >= p.First.StepsDone && p.Second.Strikes >= p.First.Strikes);
        return forward && session.Tick(TimeSpan.FromMinutes(10)).Outcome != LivenessOutcome.Running;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Test]
    public void Observe_TheAskedActionsAndRest_Pass() => Prop.ForAll(Sessions, s =>
    {
        if (s.First == s.Second) return true;
        LivenessAction[] asked = [LivenessActions.Common[s.First], LivenessActions.Common[s.Second]];
        var scene = new Scene(s.Rate, asked);
        scene.Rest(1.5);
        foreach (var action in asked) scene.Do(action);
        return scene.Session.Current.Outcome == LivenessOutcome.Passed;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static bool IsInOrder(IEnumerable<LivenessAction> asked, List<LivenessAction> done)
    {
        var last = -1;
        return asked.All(action => (last = done.IndexOf(action, last + 1)) >= 0);
    }

    /// <summary>What a mirrored camera has to show: each turn the other way, and both turns.</summary>
    private static List<LivenessAction> Mirrored(LivenessAction[] asked)
    {
        var shown = asked.Select(a => LivenessActions.OtherSideOf(a) ?? a).ToList();
        var turns = asked.Where(a => LivenessActions.OtherSideOf(a) is not null).ToList();
        if (turns is [var turn, ..] && turns.TrueForAll(t => t == turn)) shown.Add(turn);
        return shown;
    }

    /// <summary>What a person shows who turns to the wrong side once: that, what else is asked, the same side as asked then, and in the end
    /// the right one.</summary>
    private static List<LivenessAction> Confused(LivenessAction[] asked)
    {
        var turn = Array.FindIndex(asked, a => LivenessActions.OtherSideOf(a) is not null);
        if (turn < 0) return [.. asked];
        var other = LivenessActions.OtherSideOf(asked[turn])!.Value;
        return [.. asked[..turn], other, .. asked[(turn + 1)..].Where(a => a != other), other, asked[turn]];
    }

    private static (LivenessSession Session, List<LivenessJudgement> Seen) Play(int rate, LivenessAction[] asked, Stretch[] stretches)
    {
        var scene = new Scene(rate, asked);
        var seen = new List<LivenessJudgement> { scene.Rest(1.2) };
        foreach (var stretch in stretches)
        {
            (scene.Faces, scene.Similarity, scene.Grey, scene.IsFrozen) = (1, 0.7f, 120, false);
            if (stretch.Trouble == 0) scene.Faces = 0;
            if (stretch.Trouble == 1) scene.Similarity = 0.1f;
            if (stretch.Trouble == 2) scene.Grey = 20;
            if (stretch.Trouble == 3) scene.IsFrozen = true;
            seen.Add(scene.Show(stretch.Action is { } action ? Scene.Doing(action) : Scene.Neutral, stretch.Tenths / 10.0));
        }
        return (scene.Session, seen);
    }
}
