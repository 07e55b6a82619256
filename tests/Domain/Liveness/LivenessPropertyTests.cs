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
        select new Stretch(what < 5 ? LivenessActions.All[what] : null, tenths, trouble);

    private static readonly Arbitrary<(int First, int Second, int Rate, Stretch[] Stretches)> Sessions = Arb.From(
        from first in Gen.Choose(0, 4)
        from second in Gen.Choose(0, 4)
        from rate in Gen.Elements(2, 5, 10, 25)
        from stretches in Stretches.ArrayOf(20)
        select (first, second, rate, stretches));

    [Test]
    public void Observe_SequenceWithoutTheAskedActionsInOrder_NeverPasses() => Prop.ForAll(Sessions, s =>
    {
        LivenessAction[] asked = [LivenessActions.All[s.First], LivenessActions.All[s.Second]];
        var done = s.Stretches.Where(x => x.Action is not null && x.Trouble >= 4).Select(x => x.Action!.Value).ToList();
        var first = done.IndexOf(asked[0]);
        var inOrder = first >= 0 && done.IndexOf(asked[1], first + 1) >= 0;
        var verdict = Play(s.Rate, asked, s.Stretches).Session.Current;
        return inOrder || verdict.Outcome != LivenessOutcome.Passed;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Test]
    public void Observe_AnySequence_TimeAndStepsNeverGoBackAndTheSessionEnds() => Prop.ForAll(Sessions, s =>
    {
        LivenessAction[] asked = [LivenessActions.All[s.First], LivenessActions.All[s.Second]];
        var (session, seen) = Play(s.Rate, asked, s.Stretches);
        var forward = seen.Zip(seen.Skip(1)).All(p => p.Second.Left <= p.First.Left && p.Second.StepsDone >= p.First.StepsDone && p.Second.Strikes >= p.First.Strikes);
        return forward && session.Tick(TimeSpan.FromMinutes(10)).Outcome != LivenessOutcome.Running;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Test]
    public void Observe_TheAskedActionsAndRest_Pass() => Prop.ForAll(Sessions, s =>
    {
        if (s.First == s.Second) return true;
        LivenessAction[] asked = [LivenessActions.All[s.First], LivenessActions.All[s.Second]];
        var scene = new Scene(s.Rate, asked);
        scene.Rest(1.5);
        foreach (var action in asked) scene.Do(action);
        return scene.Session.Current.Outcome == LivenessOutcome.Passed;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

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
