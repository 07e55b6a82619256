using FaceAttendance.Domain.Liveness;
using NUnit.Framework;
using static FaceAttendance.Domain.Liveness.LivenessAction;

namespace FaceAttendance.Domain.Tests.Liveness;

public sealed class LivenessSessionTests
{
    [Test]
    public void Observe_EachActionFromNeutralToNeutral_Passes([Values] LivenessAction action, [Values(2, 5, 10, 25)] double framesPerSecond)
    {
        var scene = new Scene(framesPerSecond, action);
        scene.Rest(2);

        var verdict = scene.Do(action);

        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_FirstFrames_NameTheChallengeAndMeasureNeutral()
    {
        var scene = new Scene(10, TurnLeft, Blink);

        var first = scene.Frame();

        Assert.That((first.Challenge, first.Hint, first.StepsDone, first.Steps),
            Is.EqualTo(((LivenessAction?)TurnLeft, (LivenessHint?)LivenessHint.LookStraight, 0, 2)));
    }

    [Test]
    public void Observe_TwoStepsInOrder_RevealedOneAtATime()
    {
        var scene = new Scene(10, MouthOpen, TurnRight);
        scene.Rest(1);

        var between = scene.Do(MouthOpen);
        var verdict = scene.Do(TurnRight);

        Assert.That(
            (between.Outcome, between.Challenge, between.StepsDone), Is.EqualTo((LivenessOutcome.Running, (LivenessAction?)TurnRight, 1)));
        Assert.That((verdict.Outcome, verdict.Challenge), Is.EqualTo((LivenessOutcome.Passed, (LivenessAction?)null)));
    }

    [Test]
    public void Observe_BlinksBeforeAPageOfTwoFramesASecond_PassWhereverTheyFall(
        [Values(0.6, 0.3)] double shutSeconds, [Range(0, 0.45, 0.05)] double phase)
    {
        var scene = new Scene(2, Blink);
        var last = scene.Rest(1.5);

        // Again and again, in a rhythm that is not the page's.
        while (last.Outcome == LivenessOutcome.Running)
        {
            scene.Face = (scene.Now.TotalSeconds + phase) % 2.3 < shutSeconds ? Scene.Doing(Blink) : Scene.Neutral;
            last = scene.Frame();
        }

        Assert.That(last.Outcome, Is.EqualTo(LivenessOutcome.Passed));
        Assert.That(scene.Now.TotalSeconds, Is.LessThan(shutSeconds > 0.5 ? 6 : 15));
    }

    [Test]
    public void Observe_PeakHeldToTheEnd_DoesNotPass([Values] LivenessAction action)
    {
        var scene = new Scene(10, action);
        scene.Rest(1);

        var verdict = scene.Show(Scene.Doing(action), 100);

        Assert.That((verdict.Outcome, verdict.Fault), Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.TimeUp)));
    }

    [Test]
    public void Observe_NothingDone_TimeIsUpAfterTheDuration()
    {
        var scene = new Scene(5, Blink);

        var verdict = scene.Rest(100);

        Assert.That(verdict.Fault, Is.EqualTo(LivenessFault.TimeUp));
        Assert.That(scene.Now, Is.EqualTo(TimeSpan.FromSeconds(60)));
        Assert.That(verdict.Left, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void Observe_BegunBeforeItWasAsked_DoesNotCount()
    {
        var scene = new Scene(10, MouthOpen, TurnLeft);
        scene.Rest(1);
        scene.Show(Scene.Doing(MouthOpen), 0.4);
        // The head turns while the mouth is still open, and stays turned when it shuts: the turn came before its request.
        scene.Show(Scene.Doing(MouthOpen) with { Pose = new(30, 2, 0) }, 0.4);
        scene.Show(Scene.Doing(TurnLeft), 0.4);

        var after = scene.Rest(1);

        Assert.That((after.Outcome, after.StepsDone, after.Strikes), Is.EqualTo((LivenessOutcome.Running, 1, 0)));
    }

    [TestCase(MouthOpen)]
    [TestCase(Nod)]
    [TestCase(TurnLeft)]
    [TestCase(TurnRight)]
    public void Observe_OtherActionFirst_IsAStrikeAndTheSecondEnds(LivenessAction other)
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);

        var first = scene.Do(other);
        var second = scene.Do(other);

        Assert.That((first.Outcome, first.Strikes), Is.EqualTo((LivenessOutcome.Running, 1)));
        Assert.That((second.Outcome, second.Fault), Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.WrongActions)));
    }

    [TestCase(TurnLeft, 12.9f, 0)]
    [TestCase(TurnLeft, 13.1f, 1)]
    [TestCase(TurnRight, 12.9f, 0)]
    [TestCase(TurnRight, 13.1f, 1)]
    [TestCase(Nod, 9.5f, 0)]
    [TestCase(Nod, 9.7f, 1)]
    [TestCase(MouthOpen, 0.35f, 0)]
    [TestCase(MouthOpen, 0.36f, 1)]
    public void Observe_OtherMovement_IsAStrikeFromAnActionsSizeAndSomeMoreOn(LivenessAction other, float by, int strikes)
    {
        var scene = new Scene(2, Blink);
        scene.Rest(2);
        var (yaw, pitch, roll) = Scene.Neutral.Pose;
        var moved = other switch
        {
            TurnLeft => Scene.Neutral with { Pose = new(yaw + by, pitch, roll) },
            TurnRight => Scene.Neutral with { Pose = new(yaw - by, pitch, roll) },
            Nod => Scene.Neutral with { Pose = new(yaw, pitch + by, roll) },
            _ => Scene.Neutral with { MouthRatio = Scene.Neutral.MouthRatio + by },
        };

        for (var times = other == Nod ? 2 : 1; times > 0; times--)
        {
            scene.Show(moved, 0.9);
            scene.Rest(1);
        }

        Assert.That(scene.Session.Current.Strikes, Is.EqualTo(strikes));
    }

    [Test]
    public void Observe_BlinkWhileAnotherActionIsAsked_IsNoStrike()
    {
        var scene = new Scene(10, TurnLeft);
        scene.Rest(1);

        for (var i = 0; i < 5; i++) scene.Do(Blink);
        var verdict = scene.Do(TurnLeft);

        Assert.That((verdict.Outcome, verdict.Strikes), Is.EqualTo((LivenessOutcome.Passed, 0)));
    }

    [Test]
    public void Observe_Wink_IsNoBlink()
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);
        scene.Show(Scene.Neutral with { LeftEyeRatio = 0.08f, EyesShut = -3.5f }, 0.4);

        var after = scene.Rest(1);

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [TestCase(0.2f, -0.8f, true, TestName = "Blink_RatioFallsByAThirdAndTheModelIsSure_Passes")]
    [TestCase(0.08f, -4f, true, TestName = "Blink_ModelIsInTwoMindsAndTheRatioIsClear_Passes")]
    [TestCase(0.2f, -4f, false, TestName = "Blink_BothInTwoMinds_DoesNotPass")]
    [TestCase(0.25f, 2f, false, TestName = "Blink_RatioDeniesIt_DoesNotPass")]
    [TestCase(0.08f, -6f, false, TestName = "Blink_ModelDeniesIt_DoesNotPass")]
    public void Observe_EyesByTwoMeasures_TheClearerIsBelievedUnlessTheOtherDeniesIt(float ratio, float logit, bool passes)
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);
        scene.Show(Scene.Neutral with { LeftEyeRatio = ratio, RightEyeRatio = ratio, EyesShut = logit }, 0.4);

        var after = scene.Rest(1);

        Assert.That(after.Outcome == LivenessOutcome.Passed, Is.EqualTo(passes));
    }

    [TestCase(0.94f, LivenessHint.LookStraight, LivenessHint.Act)]
    [TestCase(0.95f, LivenessHint.MoveBack, LivenessHint.MoveBack)]
    [TestCase(1.3f, LivenessHint.MoveBack, LivenessHint.MoveBack)]
    public void Observe_FaceThatFillsTheFrame_IsAskedToMoveBackAndJudgedAllTheSame(float share, LivenessHint first, LivenessHint asked)
    {
        var scene = new Scene(10, MouthOpen) { Share = share };

        var hints = (scene.Frame().Hint, scene.Rest(1).Hint);
        var verdict = scene.Do(MouthOpen);

        Assert.That(hints, Is.EqualTo(((LivenessHint?)first, (LivenessHint?)asked)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_LookingDown_IsNoBlink()
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);
        // Lowered lids read as shut eyes, but the head goes down with them.
        scene.Show(Scene.Doing(Blink) with { Pose = new(3, 14, 0) }, 0.4);

        var after = scene.Rest(1);

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [TestCase(25, 0.03, false, TestName = "Blink_OneFrameAt25_IsNoise")]
    [TestCase(25, 0.07, true, TestName = "Blink_TwoFramesAt25_Passes")]
    [TestCase(10, 0.09, true, TestName = "Blink_OneFrameAt10_Passes")]
    [TestCase(2, 0.4, true, TestName = "Blink_OneFrameAt2_Passes")]
    [TestCase(10, 1.9, true, TestName = "Blink_ShutForNearlyTwoSeconds_Passes")]
    [TestCase(10, 2.4, false, TestName = "Blink_ShutForLonger_IsSleep")]
    public void Observe_BlinkDurations_PlausibleOnesPass(double framesPerSecond, double seconds, bool passes)
    {
        var scene = new Scene(framesPerSecond, Blink);
        scene.Rest(1.5);
        scene.Show(Scene.Doing(Blink), seconds);

        var after = scene.Rest(1.5);

        Assert.That(after.Outcome == LivenessOutcome.Passed, Is.EqualTo(passes));
    }

    [TestCase(9.9f, false)]
    [TestCase(10.5f, true)]
    public void Observe_TurnAmplitudes_FromTheOwnNeutral(float degrees, bool passes)
    {
        var scene = new Scene(2, TurnLeft);
        scene.Rest(2);
        scene.Show(Scene.Neutral with { Pose = new(3 + degrees, 2, 0) }, 1);

        var after = scene.Rest(2);

        Assert.That(after.Outcome == LivenessOutcome.Passed, Is.EqualTo(passes));
    }

    [Test]
    public void Observe_OneDip_IsNoNod()
    {
        var scene = new Scene(10, Nod);
        scene.Rest(1);
        scene.Show(Scene.Doing(Nod), 0.5);

        var after = scene.Rest(2);

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [TestCase(2)]
    [TestCase(25)]
    public void Observe_RestBetweenSteps_AsksAnewWhenItIsOver(double framesPerSecond)
    {
        var scene = Resting(framesPerSecond, MouthOpen, TurnRight);
        scene.Rest(1.5);

        var resting = scene.Do(MouthOpen);
        var asked = scene.Rest(2);
        var verdict = scene.Do(TurnRight);

        Assert.That((resting.Challenge, resting.Hint, resting.StepsDone),
            Is.EqualTo(((LivenessAction?)MouthOpen, (LivenessHint?)LivenessHint.LookStraight, 1)));
        Assert.That((asked.Challenge, asked.Hint), Is.EqualTo(((LivenessAction?)TurnRight, (LivenessHint?)LivenessHint.Act)));
        Assert.That((verdict.Outcome, verdict.Strikes), Is.EqualTo((LivenessOutcome.Passed, 0)));
    }

    [TestCase(Nod)]
    [TestCase(TurnLeft)]
    [TestCase(TurnRight)]
    public void Observe_ActionInARest_IsAStrikeAlsoWhenItComesNext(LivenessAction action)
    {
        var scene = Resting(10, MouthOpen, action);
        scene.Rest(1);
        scene.Do(MouthOpen);

        scene.Show(Scene.Doing(action), 0.6);
        var after = scene.Rest(0.5);

        Assert.That((after.Outcome, after.Strikes, after.StepsDone), Is.EqualTo((LivenessOutcome.Running, 1, 1)));
    }

    [TestCase(MouthOpen)]
    [TestCase(Blink)]
    public void Observe_WhatWasShownLastOrABlinkInARest_IsNoStrike(LivenessAction action)
    {
        var scene = Resting(10, MouthOpen, TurnLeft);
        scene.Rest(1);
        scene.Do(MouthOpen);

        scene.Do(action);
        var asked = scene.Rest(2);
        var verdict = scene.Do(TurnLeft);

        Assert.That((asked.Challenge, asked.Strikes, asked.StepsDone), Is.EqualTo(((LivenessAction?)TurnLeft, 0, 1)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [TestCase(12.4f, 0)]
    [TestCase(12.6f, 1)]
    public void Observe_MovementsInARest_StrikeFromAQuarterMoreThanTheAmplitude(float degrees, int strikes)
    {
        var scene = Resting(2, MouthOpen, TurnLeft);
        scene.Rest(2);
        scene.Do(MouthOpen);
        scene.Show(Scene.Neutral with { Pose = new(3 + degrees, 2, 0) }, 0.9);

        var after = scene.Rest(1);

        Assert.That(after.Strikes, Is.EqualTo(strikes));
    }

    [Test]
    public void Observe_MovementBegunInARest_IsSeenToItsEndBeforeTheNextQuestion()
    {
        var scene = Resting(10, MouthOpen, TurnLeft);
        scene.Rest(1);
        scene.Do(MouthOpen);

        var turned = scene.Show(Scene.Doing(TurnLeft), 1.5);
        var after = scene.Rest(0.5);

        Assert.That((turned.Challenge, turned.Hint), Is.EqualTo(((LivenessAction?)MouthOpen, (LivenessHint?)LivenessHint.LookStraight)));
        Assert.That((after.StepsDone, after.Strikes), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Observe_HeadThatCameToRestElsewhere_IsAskedAllTheSame()
    {
        var scene = Resting(10, MouthOpen, Blink);
        scene.Rest(1);
        scene.Do(MouthOpen);

        var asked = scene.Show(Scene.Neutral with { Pose = new(15, 2, 0) }, 6);

        Assert.That((asked.Challenge, asked.Strikes), Is.EqualTo(((LivenessAction?)Blink, 0)));
    }

    [Test]
    public void Observe_Strike_AnotherQuestionFollowsARest()
    {
        var scene = Resting(10, TurnLeft);
        scene.Rest(1);

        var struck = scene.Do(MouthOpen);
        var asked = scene.Rest(2);
        scene.Do(TurnLeft);
        var verdict = scene.Do(Nod);

        Assert.That((struck.Challenge, struck.Hint, struck.Strikes),
            Is.EqualTo(((LivenessAction?)TurnLeft, (LivenessHint?)LivenessHint.LookStraight, 1)));
        Assert.That(asked.Challenge, Is.EqualTo((LivenessAction?)Nod));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Failed), "a turn is a second strike");
    }

    [Test]
    public void Observe_Strike_AnotherQuestionOfItsKindAndOneMore()
    {
        var scene = new Scene(10, asksPad: false, new LivenessPlan([MouthOpen], [TurnLeft, Blink, Nod], []));
        scene.Rest(1);

        var struck = scene.Do(TurnRight);
        var second = scene.Do(Blink);
        var verdict = scene.Do(TurnLeft);

        Assert.That((struck.Challenge, struck.StepsDone, struck.Steps), Is.EqualTo(((LivenessAction?)Blink, 0, 2)));
        Assert.That(
            (second.Outcome, second.Challenge, second.StepsDone), Is.EqualTo((LivenessOutcome.Running, (LivenessAction?)TurnLeft, 1)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_StrikeWithoutASpareOfItsKind_IsAskedAgain()
    {
        var scene = new Scene(10, asksPad: false, new LivenessPlan([Blink], [TurnLeft], []));
        scene.Rest(1);

        var struck = scene.Do(TurnRight);

        Assert.That((struck.Challenge, struck.Steps), Is.EqualTo(((LivenessAction?)Blink, 2)));
    }

    [TestCase(TurnLeft)]
    [TestCase(TurnRight)]
    public void Observe_MirroredCamera_TheFirstTurnTellsAndTheOtherTurnIsAskedToo(LivenessAction turn)
    {
        var other = LivenessActions.OtherSideOf(turn)!.Value;
        var scene = new Scene(10, turn, MouthOpen);
        scene.Rest(1);

        // Whatever the person does, the camera shows the other side.
        var first = scene.Do(other);
        var second = scene.Do(MouthOpen);
        var verdict = scene.Do(turn);

        Assert.That((first.StepsDone, first.Steps, first.Strikes), Is.EqualTo((1, 3, 0)));
        Assert.That(second.Challenge, Is.EqualTo((LivenessAction?)other));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_SwingsToTheOtherSideBeforeTurning_IsNoMirror()
    {
        var scene = new Scene(2, TurnRight);
        scene.Rest(2);

        // From one side straight to the other: no frame shows the head between.
        scene.Show(Scene.Doing(TurnLeft), 0.9);
        scene.Show(Scene.Doing(TurnRight), 0.9);
        var verdict = scene.Rest(1);

        Assert.That((verdict.Outcome, verdict.Steps, verdict.Strikes), Is.EqualTo((LivenessOutcome.Passed, 1, 0)));
    }

    [Test]
    public void Observe_SmallTurnsToTheWrongSide_TellAMirroredCameraWhenTheyComeTwice()
    {
        var scene = new Scene(10, TurnLeft);
        scene.Rest(1);
        var turned = Scene.Neutral with { Pose = new(Scene.Neutral.Pose.YawDegrees - 11.5f, 2, 0) };

        scene.Show(turned, 0.6);
        var once = scene.Rest(1);
        scene.Show(turned, 0.6);
        var twice = scene.Rest(1);

        Assert.That((once.StepsDone, once.Strikes), Is.EqualTo((0, 0)));
        Assert.That((twice.StepsDone, twice.Challenge), Is.EqualTo((1, (LivenessAction?)TurnRight)));
    }

    [TestCase(true, TurnRight, LivenessOutcome.Passed)]
    [TestCase(true, TurnLeft, LivenessOutcome.Running)]
    [TestCase(false, TurnRight, LivenessOutcome.Running)]
    [TestCase(false, TurnLeft, LivenessOutcome.Passed)]
    public void Observe_ClientSaysWhetherItsCameraIsMirrored_TheOtherSideIsAStrike(
        bool isMirrored, LivenessAction shown, LivenessOutcome outcome)
    {
        var scene = new Scene(10, Scene.Rules with { IsMirrored = isMirrored }, new LivenessPlan(TurnLeft));
        scene.Rest(1);

        var after = scene.Do(shown);

        Assert.That((after.Outcome, after.Strikes), Is.EqualTo((outcome, outcome == LivenessOutcome.Passed ? 0 : 1)));
    }

    [Test]
    public void Observe_FirstTurnWentTheRightWay_TheCameraStaysUnmirrored()
    {
        var scene = new Scene(10, TurnLeft, TurnRight);
        scene.Rest(1);
        scene.Do(TurnLeft);

        var after = scene.Do(TurnLeft);

        Assert.That((after.Challenge, after.Strikes), Is.EqualTo(((LivenessAction?)TurnRight, 1)));
    }

    [Test]
    public void Observe_PersonConfusesLeftAndRightOnce_IsStruckAtTheOtherTurnAndAskedAgain()
    {
        var scene = new Scene(10, asksPad: false, new LivenessPlan([TurnLeft], [Nod, TurnRight, Blink], []));
        scene.Rest(1);

        var confused = scene.Do(TurnRight);
        var struck = scene.Do(TurnRight);
        var right = scene.Do(TurnLeft);
        var verdict = scene.Do(Nod);

        Assert.That((confused.Challenge, confused.StepsDone, confused.Strikes), Is.EqualTo(((LivenessAction?)TurnRight, 1, 0)));
        Assert.That((struck.Challenge, struck.StepsDone, struck.Strikes), Is.EqualTo(((LivenessAction?)TurnLeft, 1, 1)));
        Assert.That((right.Challenge, right.StepsDone), Is.EqualTo(((LivenessAction?)Nod, 2)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [TestCase(TurnLeft)]
    [TestCase(TurnRight)]
    public void Observe_RecordingOfOneTurnAndAnOpenMouth_PassesNoMoreThanItsOwnQuestions(LivenessAction recorded)
    {
        var asked = LivenessActions.OtherSideOf(recorded)!.Value;
        foreach (var plan in new[]
        {
            new LivenessPlan([asked, MouthOpen], [Nod, recorded, Blink], []),
            new LivenessPlan([MouthOpen, asked], [Nod, recorded, Blink], []),
        })
        {
            var scene = new Scene(10, asksPad: false, plan);
            var last = scene.Rest(1);
            while (last.Outcome == LivenessOutcome.Running)
            {
                scene.Do(recorded);
                last = scene.Do(MouthOpen);
            }

            Assert.That(last.Outcome, Is.EqualTo(LivenessOutcome.Failed));
        }
    }

    [TestCase(2, Blink, LivenessHint.Faster, 5)]
    [TestCase(2, Nod, LivenessHint.Faster, 4)]
    [TestCase(2, MouthOpen, LivenessHint.Act, null)]
    [TestCase(2, TurnLeft, LivenessHint.Act, null)]
    [TestCase(1, TurnLeft, LivenessHint.Faster, 2)]
    [TestCase(5, Blink, LivenessHint.Act, null)]
    public void Observe_PicturesTooSlowForTheAskedAction_ClientIsToldTheRate(
        double framesPerSecond, LivenessAction asked, LivenessHint hint, int? rate)
    {
        var scene = new Scene(framesPerSecond, asked);

        var told = scene.Rest(7);

        Assert.That((told.Hint, told.FramesPerSecond), Is.EqualTo(((LivenessHint?)hint, rate)));
    }

    [Test]
    public void Observe_CameraThatRepeatsEachPicture_IsAsSlowAsItsPictures()
    {
        var scene = new Scene(10, Blink);
        LivenessJudgement? told = null;
        for (var frame = 0; frame < 80; frame++)
        {
            scene.IsFrozen = frame % 5 != 0;
            told = scene.Frame();
        }

        Assert.That((told!.Hint, told.FramesPerSecond), Is.EqualTo(((LivenessHint?)LivenessHint.Faster, (int?)5)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Observe_PicturesOfAnEarlierSession_EndAsAReplay(bool isCopy)
    {
        var plan = new LivenessPlan(MouthOpen, TurnLeft);
        var recorded = new Scene(5, asksPad: false, plan);
        Perform(recorded);
        // A copy has other pixels and the same looks.
        var known = recorded.Session.Pictures.Select(p => isCopy ? p with { Digest = ~p.Digest } : p).ToList();

        var replay = new Scene(5, asksPad: false, plan, known);
        var anotherTime = new Scene(5, asksPad: false, plan, known).Later();

        Assert.That((Perform(replay).Outcome, replay.Session.Current.Fault),
            Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.Replay)));
        Assert.That(Perform(anotherTime).Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [TestCase(3, LivenessOutcome.Passed)]
    [TestCase(4, LivenessOutcome.Failed)]
    public void Observe_FewPicturesOfAnEarlierSession_AreAccidents(int known, LivenessOutcome expected)
    {
        var plan = new LivenessPlan(MouthOpen, TurnLeft);
        var recorded = new Scene(2, asksPad: false, plan);
        Perform(recorded);

        var verdict = Perform(new Scene(2, asksPad: false, plan, [.. recorded.Session.Pictures.Take(known)]));

        Assert.That(verdict.Outcome, Is.EqualTo(expected));
    }

    [Test]
    public void Confront_SessionThatPassedMeanwhileOnTheSamePictures_HasNotPassed()
    {
        var plan = new LivenessPlan(MouthOpen, TurnLeft);
        Scene first = new(5, asksPad: false, plan), second = new(5, asksPad: false, plan), other = new Scene(5, asksPad: false, plan)
            .Later();
        foreach (var scene in new[] { first, second, other }) Perform(scene);

        Assert.That(second.Session.Confront(other.Session.Pictures).Outcome, Is.EqualTo(LivenessOutcome.Passed));
        Assert.That(second.Session.Confront(first.Session.Pictures).Fault, Is.EqualTo(LivenessFault.Replay));
    }

    [Test]
    public void Pictures_OfALongSession_AreSpreadOverItAndOfTheStudentOnly()
    {
        var scene = new Scene(10, Nod) { Similarity = 0.1f };
        scene.Rest(2);
        scene.Similarity = 0.7f;
        scene.Rest(20);

        var pictures = scene.Session.Pictures;

        Assert.That(pictures, Has.Count.EqualTo(LivenessRules.Remembered));
        Assert.That(pictures.Min(p => p.Digest), Is.InRange(20, 22));
        Assert.That(pictures.Max(p => p.Digest), Is.InRange(210, 221));
    }

    private static LivenessJudgement Perform(Scene scene)
    {
        scene.Rest(2);
        scene.Do(MouthOpen);
        return scene.Do(TurnLeft);
    }

    /// <summary>Rests of 1.5 s, and a nod to spare.</summary>
    private static Scene Resting(double framesPerSecond, params LivenessAction[] asked) =>
        new(framesPerSecond, asksPad: false, new LivenessPlan(asked, [Nod], [TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1.5)]));

    [TestCase(49.9f, LivenessFault.LowLight)]
    [TestCase(float.NaN, LivenessFault.LowLight)]
    [TestCase(50f, null)]
    public void Observe_Brightness_FromFiftyOn(float grey, LivenessFault? fault)
    {
        var scene = new Scene(10, Blink) { Grey = grey };

        var judged = scene.Frame();

        Assert.That(judged.Fault, Is.EqualTo(fault));
    }

    [TestCase(0, 0.7f, LivenessFault.NoFace)]
    [TestCase(2, 0.7f, LivenessFault.SeveralFaces)]
    [TestCase(1, 0.39f, LivenessFault.FaceMismatch)]
    [TestCase(1, float.NaN, LivenessFault.FaceMismatch)]
    [TestCase(1, 0.4f, null)]
    public void Observe_FramesThatDoNotCount_SayWhy(int faces, float similarity, LivenessFault? fault)
    {
        var scene = new Scene(10, Blink) { Faces = faces, Similarity = similarity };

        var judged = scene.Frame();

        Assert.That((judged.Outcome, judged.Fault), Is.EqualTo((LivenessOutcome.Running, fault)));
    }

    [Test]
    public void Observe_AnotherPersonHalfWay_NeverPassesAndEnds()
    {
        var scene = new Scene(10, MouthOpen, TurnLeft);
        scene.Rest(1);
        scene.Do(MouthOpen);
        (scene.Similarity, scene.Person) = (0.1f, 1);

        scene.Do(TurnLeft);
        var verdict = scene.Rest(5);

        Assert.That((verdict.Outcome, verdict.Fault, verdict.StepsDone),
            Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.FaceMismatch, 1)));
    }

    [Test]
    public void Observe_AnotherPersonAtThePeak_TheMovementMustBeginAnew()
    {
        var scene = new Scene(10, TurnLeft);
        scene.Rest(1);
        scene.Show(Scene.Doing(TurnLeft), 0.3);
        scene.Similarity = 0.1f;
        scene.Show(Scene.Doing(TurnLeft), 0.2);
        scene.Similarity = 0.7f;
        scene.Show(Scene.Doing(TurnLeft), 0.3);

        var after = scene.Rest(1);

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [Test]
    public void Observe_FaceJumps_IsLostAndTheMovementMustBeginAnew()
    {
        var scene = new Scene(10, TurnLeft);
        scene.Rest(1);
        scene.Show(Scene.Doing(TurnLeft), 0.3);
        scene.Box = new(400, 100, 500, 220);

        var jumped = scene.Frame();
        var after = scene.Rest(1);

        Assert.That(jumped.Fault, Is.EqualTo(LivenessFault.FaceLost));
        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [Test]
    public void Observe_OtherLooksBetweenTwoFrames_IsLost()
    {
        var scene = new Scene(25, TurnLeft);
        scene.Rest(1);
        scene.Person = 1;

        var judged = scene.Frame();

        Assert.That(judged.Fault, Is.EqualTo(LivenessFault.FaceLost));
    }

    [Test]
    public void Observe_LongGapWithinAMovement_TheMovementMustBeginAnew()
    {
        var scene = new Scene(10, TurnLeft);
        scene.Rest(1);
        scene.Show(Scene.Doing(TurnLeft), 0.4);
        scene.Faces = 0;
        scene.Show(Scene.Doing(TurnLeft), 2);
        scene.Faces = 1;

        var after = scene.Rest(1);

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Running));
    }

    [TestCase(2)]
    [TestCase(25)]
    public void Observe_StillPicture_IsToldAndThenEnds(double framesPerSecond)
    {
        var scene = new Scene(framesPerSecond, Blink);
        scene.Rest(1);
        scene.IsFrozen = true;

        var told = scene.Rest(2);
        var verdict = scene.Rest(10);

        Assert.That((told.Outcome, told.Fault), Is.EqualTo((LivenessOutcome.Running, (LivenessFault?)LivenessFault.StaticImage)));
        Assert.That((verdict.Outcome, verdict.Fault), Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.StaticImage)));
    }

    [Test]
    public void Observe_CameraSlowerThanItsClient_RepeatedPicturesAreHarmless()
    {
        var scene = new Scene(25, Blink);
        LivenessJudgement Step(LivenessAction? action)
        {
            scene.Face = action is { } a ? Scene.Doing(a) : Scene.Neutral;
            scene.IsFrozen = false;
            scene.Frame();
            scene.IsFrozen = true;
            return scene.Frame();
        }
        for (var i = 0; i < 20; i++) Step(null);
        for (var i = 0; i < 3; i++) Step(Blink);

        var verdict = Step(null);

        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_TwoPicturesInTurn_EndAsStatic()
    {
        var scene = new Scene(10, Blink);
        var verdict = scene.Session.Current;
        for (var i = 0; i < 100 && verdict.Outcome == LivenessOutcome.Running; i++)
        {
            var isShut = i / 4 % 2 == 1;
            var embedding = Recognition.TestEmbeddings.Of(isShut ? [1, 0.3f, 0] : [1, 0, 0.3f]);
            verdict = scene.Session.Observe(TimeSpan.FromSeconds(i / 10.0), new(120, isShut ? 2u : 1u, 1,
                new(scene.Box, scene.Share, isShut ? Scene.Doing(Blink) : Scene.Neutral, embedding, 0.7f, null, null)));
        }

        Assert.That((verdict.Outcome, verdict.Fault), Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.StaticImage)));
    }

    [TestCase(0.51f, LivenessOutcome.Passed)]
    [TestCase(0.49f, LivenessOutcome.Failed)]
    public void Observe_PassiveMedian_GatesTheVerdict(float live, LivenessOutcome outcome)
    {
        var scene = new Scene(10, asksPad: true, Blink) { Live = live };
        scene.Rest(1);

        var verdict = scene.Do(Blink);
        if (verdict.Outcome == LivenessOutcome.Running) verdict = scene.Rest(5);

        Assert.That(verdict.Outcome, Is.EqualTo(outcome));
        Assert.That(verdict.Fault, Is.EqualTo(outcome == LivenessOutcome.Failed ? LivenessFault.PresentationAttack : (LivenessFault?)null));
    }

    [Test]
    public void Observe_FewerSamplesThanTheVerdictNeeds_Holds()
    {
        var scene = new Scene(10, asksPad: true, Blink) { Live = 0.9f };
        scene.Rest(0.6);
        scene.Show(Scene.Doing(Blink), 0.1);

        var held = scene.Rest(0.1);
        var verdict = scene.Rest(2);

        Assert.That((held.Outcome, held.StepsDone), Is.EqualTo((LivenessOutcome.Running, 1)));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public void Observe_EarlierThanBefore_Throws()
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);

        Assert.That(() => scene.Session.Tick(TimeSpan.FromSeconds(0.5)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Observe_AfterTheEnd_TheVerdictStays()
    {
        var scene = new Scene(10, Blink);
        scene.Rest(1);
        scene.Do(Blink);
        scene.Similarity = 0;

        var after = scene.Frame();

        Assert.That(after.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }
}
