using FaceAttendance.Domain.Liveness;
using NUnit.Framework;
using static FaceAttendance.Domain.Liveness.LivenessAction;

namespace FaceAttendance.Domain.Tests.Liveness;

public sealed class FaceReliefTests
{
    // Drawn with a pinned seed: 40 faces, from 45 to 60 cm to 20 to 35 cm.
    private static readonly (float Far, float Near)[] Ways =
        [.. Enumerable.Range(0, 40).Select(i => (45 + (15 * (i % 5) / 4f), 20 + (15 * (i % 8) / 7f)))];

    [TestCase("head", 0.95, 1)]
    [TestCase("plane", 0, 0)]
    [TestCase("cylinder of 30 cm", 0, 0.1)]
    [TestCase("cylinder of 12 cm", 0, 1)]
    [TestCase("cylinder of 8 cm", 0, 1)]
    public void Between_ShapesThatComeCloser_HeadsHaveDepthAndPlanesHaveNone(string shape, double least, double most)
    {
        var surface = shape switch
        {
            "head" => DrawnFace.Head,
            "plane" => DrawnFace.Plane,
            _ => DrawnFace.Cylinder(float.Parse(shape.Split(' ')[2])),
        };

        var reliefs = Ways.Select((way, i) =>
        {
            FaceView far = DrawnFace.View(surface, way.Far, 2 * i, i), near = DrawnFace.View(surface, way.Near, (2 * i) + 1, i);
            return FaceRelief.Between(far, near).Amount / ((near.EyeDistance / far.EyeDistance) - 1);
        }).Order().ToList();
        var passed = reliefs.Count(r => r >= Approach.LeastRelief) / (double)reliefs.Count;

        TestContext.Out.WriteLine(
            $"{shape}: relief by growth {reliefs[0]:0.000} to {reliefs[^1]:0.000}, " +
            $"median {reliefs[reliefs.Count / 2]:0.000}; {passed:0%} pass, {1 - passed:0%} are refused");
        Assert.That(passed, Is.InRange(least, most));
    }

    [Test]
    public void Between_TheSameView_IsAlikeAndFlat()
    {
        var view = DrawnFace.View(DrawnFace.Head, 50, 1);

        var (amount, likeness) = FaceRelief.Between(view, view);

        Assert.That(amount, Is.EqualTo(0).Within(1e-4));
        Assert.That(likeness, Is.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void Between_AnotherFace_IsNotAlike()
    {
        var (_, likeness) =
            FaceRelief.Between(DrawnFace.View(DrawnFace.Head, 50, 1, person: 1), DrawnFace.View(DrawnFace.Head, 30, 2, person: 2));

        Assert.That(likeness, Is.LessThan(0.7));
    }

    [Test]
    public void Between_ViewWithoutAnything_IsFiniteAndNotAlike()
    {
        var blank = new FaceView(new byte[FaceView.Side * FaceView.Side], 100);

        var (amount, likeness) = FaceRelief.Between(DrawnFace.View(DrawnFace.Head, 50, 1), blank);

        Assert.That(float.IsFinite(amount) && float.IsFinite(likeness));
        Assert.That(likeness, Is.LessThan(0.1));
    }

    [Test]
    public void DepthAt_AHead_IsDeepestAtItsSidesAndHighestAtItsNose()
    {
        var (ear, corner, nose) =
            (FaceRelief.DepthAt(new(0.78f, 0.2f)), FaceRelief.DepthAt(new(0.5f, 0)), FaceRelief.DepthAt(new(0, 0.45f)));

        Assert.That(ear - corner, Is.InRange(0.5f, 0.7f));
        Assert.That(nose, Is.InRange(-0.45f, -0.35f));
        Assert.That(FaceRelief.DepthAt(new(-0.78f, 0.2f)), Is.EqualTo(ear));
    }

    [TestCase(2)]
    [TestCase(10)]
    [TestCase(25)]
    public void Session_PictureThatComesCloser_FailsAtTheThirdTime(double framesPerSecond)
    {
        var scene = new Scene(framesPerSecond, MoveCloser) { Shape = DrawnFace.Plane };
        scene.Rest(2);

        var (first, second, third) = (scene.Do(MoveCloser), scene.Do(MoveCloser), scene.Do(MoveCloser));

        Assert.That((first.Outcome, second.Outcome), Is.EqualTo((LivenessOutcome.Running, LivenessOutcome.Running)));
        Assert.That((third.Outcome, third.Fault), Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.PresentationAttack)));
    }

    [Test]
    public void Session_PictureThatComesCloserAndTurnsItsHeadThere_DoesNotPass()
    {
        var scene = new Scene(10, MoveCloser) { Shape = DrawnFace.Plane };
        scene.Rest(2);
        scene.Face = Scene.Doing(TurnLeft);

        var last = scene.Do(MoveCloser);

        Assert.That((last.Outcome, last.StepsDone), Is.EqualTo((LivenessOutcome.Running, 0)));
    }

    [TestCase(45, 36, false)]
    [TestCase(45, 28, true)]
    [TestCase(60, 35, true)]
    [TestCase(60, 22, true)]
    public void Session_HeadThatComesCloser_PassesWhenItIsCloseEnough(float far, float near, bool passes)
    {
        var scene = new Scene(10, MoveCloser) { Centimetres = far };
        scene.Rest(2);

        var last = scene.ComeCloser(near, 2);

        Assert.That(last.Outcome == LivenessOutcome.Passed, Is.EqualTo(passes));
    }

    [Test]
    public void Session_ComingCloser_IsAskedToActUntilEnoughWasSeenAndThenToReturn()
    {
        var scene = new Scene(10, MoveCloser);
        var asked = scene.Rest(2);
        scene.Centimetres = 33;

        var arrived = scene.Rest(0.2);
        var seen = scene.Rest(1);

        Assert.That((asked.Challenge, asked.Hint, arrived.Hint, seen.Hint), Is.EqualTo(
            ((LivenessAction?)MoveCloser, (LivenessHint?)LivenessHint.Act, (LivenessHint?)LivenessHint.Act,
                (LivenessHint?)LivenessHint.Return)));
    }

    [Test]
    public void Session_SlowApproach_IsMeasuredAgainstTheFarthest()
    {
        var scene = new Scene(5, MoveCloser);
        scene.Rest(2);
        for (var centimetres = 55f; centimetres > 32; centimetres -= 1)
        {
            scene.Centimetres = centimetres;
            scene.Frame();
        }
        scene.Rest(1);
        scene.Centimetres = 55;

        var last = scene.Rest(1);

        Assert.That(last.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Session_ComingCloserWhileAnotherActionIsAsked_IsNoStrikeAndDoesNotCount()
    {
        var scene = new Scene(10, MouthOpen, MoveCloser);
        scene.Rest(2);

        scene.Do(MoveCloser);
        var asked = scene.Do(MouthOpen);
        var verdict = scene.Do(MoveCloser);

        Assert.That((asked.StepsDone, asked.Strikes, asked.Challenge), Is.EqualTo((1, 0, (LivenessAction?)MoveCloser)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Session_StrikeWhileItIsAskedToComeCloser_AsksItAgain()
    {
        var scene = new Scene(10, asksPad: false, new LivenessPlan([MoveCloser], [Nod, Blink], []));
        scene.Rest(2);

        var struck = scene.Do(MouthOpen);

        Assert.That((struck.Challenge, struck.Strikes, struck.Steps), Is.EqualTo(((LivenessAction?)MoveCloser, 1, 2)));
    }
}
