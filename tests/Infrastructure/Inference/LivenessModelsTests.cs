using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>Eyes, mouth, head and the session's rules on real clips, with the weights of either profile.</summary>
[TestFixture("standard")]
[TestFixture("starter")]
public sealed class LivenessModelsTests(string profile) : LivenessModelsFixture(profile)
{
    [Test]
    public async Task Geometry_HeadTurnClip_YawIsPositiveToThePersonsLeft()
    {
        var neutral = (await FaceAsync("head-turn/cap13/0490.jpg")).Geometry.Pose.YawDegrees;
        var left = (await FaceAsync("head-turn/cap13/0510.jpg")).Geometry.Pose.YawDegrees;
        var right = (await FaceAsync("head-turn/cap13/0540.jpg")).Geometry.Pose.YawDegrees;

        // The file's notes: nose to the image's right, the person's own left, about frame 510; the other way later.
        Assert.That(left - neutral, Is.InRange(10, 30));
        Assert.That(right - neutral, Is.InRange(-20, -6));
    }

    [Test]
    public async Task Geometry_FaceMovedInThePicture_PitchIsPositiveDown()
    {
        var picture = ImageCanvas.Open(Read("no-blink/franck_c/0610.jpg")).Value;
        var points = (await FaceAsync("no-blink/franck_c/0610.jpg")).Points;
        async Task<float> PitchAsync(float nod) =>
            (await Player.AnalyzeAsync(FaceWarp.Apply(picture, points, new(Nod: nod)).Encode(".png"))).Face!.Geometry.Pose.PitchDegrees;

        Assert.That(await PitchAsync(1), Is.GreaterThan(await PitchAsync(0) + 3));
        Assert.That(await PitchAsync(-1), Is.LessThan(await PitchAsync(0) - 3));
    }

    [TestCase("1060", "1065")]
    [TestCase("1060", "1082")]
    public async Task Geometry_ShutEyes_LoseHalfOfTheirRatio(string open, string shut)
    {
        var before = (await FaceAsync($"blink/franck_a/{open}.jpg")).Geometry;
        var during = (await FaceAsync($"blink/franck_a/{shut}.jpg")).Geometry;

        Assert.That(during.LeftEyeRatio, Is.LessThan(before.LeftEyeRatio / 2));
        Assert.That(during.RightEyeRatio, Is.LessThan(before.RightEyeRatio / 2));
        if (before.EyesShut is { } logit) Assert.That((logit < -4, during.EyesShut > -2), Is.EqualTo((true, true)));
    }

    [TestCase("blink/franck_a", LivenessAction.Blink, 1)]
    [TestCase("blink/franck_a", LivenessAction.Blink, 2)]
    [TestCase("blink/franck_a", LivenessAction.Blink, 5)]
    [TestCase("blink/franck_b", LivenessAction.Blink, 1)]
    [TestCase("blink/franck_b", LivenessAction.Blink, 5)]
    [TestCase("head-turn/cap13", LivenessAction.TurnLeft, 1)]
    [TestCase("head-turn/cap13", LivenessAction.TurnLeft, 2)]
    public async Task Session_ClipOfTheAction_Passes(string clip, LivenessAction asked, int every)
    {
        var verdict = await PlayAsync(clip, asked, every);

        Assert.That((verdict.Outcome, verdict.Fault), Is.EqualTo((LivenessOutcome.Passed, (LivenessFault?)null)));
    }

    [TestCase("live/att_2.jpg", "head", 2, LivenessOutcome.Passed)]
    [TestCase("live/att_2.jpg", "head", 8, LivenessOutcome.Passed)]
    [TestCase("no-blink/franck_c/0600.jpg", "head", 4, LivenessOutcome.Passed)]
    [TestCase("live/att_2.jpg", "flat", 4, LivenessOutcome.Failed)]
    [TestCase("spoof/kby_1.jpg", "flat", 4, LivenessOutcome.Failed)]
    [TestCase("spoof/mini_f_fake_andr_outline.jpg", "flat", 4, LivenessOutcome.Failed)]
    public async Task Session_FaceThatComesCloser_PassesWithAHeadsDepthAndNotAsAPicture(string file, string shape, double framesPerSecond,
        LivenessOutcome expected)
    {
        var canvas = ImageCanvas.Open(Read(file)).Value;
        canvas = FaceWarp.Widen(Collage.Shrink(canvas, 210 * Math.Max(canvas.Width, canvas.Height) / Math.Min(canvas.Width, canvas.Height)),
            1.7f);
        var seen = (await Player.AnalyzeAsync(canvas.Encode(".png"))).Face!;
        var random = new Random(1);
        IEnumerable<byte[]> Frames()
        {
            for (var number = 0; number / framesPerSecond < 18; number++)
            {
                // Two times closer and back, after a moment.
                var phase = (number / framesPerSecond) - 2 - (number / framesPerSecond > 10 ? 8 : 0);
                var closer = (float)Math.Clamp(Math.Min(phase, 5 - phase) / 1.2, 0, 1);
                var view = FaceWarp.Approach(canvas, seen.Points, 1 / ((closer / 32) + ((1 - closer) / FaceWarp.Afar)), shape == "head"
                    ? FaceShape.Head : FaceShape.Flat);
                yield return FaceWarp.Grain(view, random.Next(), 4).Encode(".jpg", 92);
            }
        }

        var verdict = await Player.PlayAsync(Frames(), framesPerSecond, [LivenessAction.MoveCloser], [seen.Embedding]);

        Assert.That(verdict.Outcome, Is.EqualTo(expected), $"{verdict.Fault}");
    }

    [Test]
    public async Task Session_BrightFaceBeforeADarkWall_IsLightEnough()
    {
        var frames = Clip("blink/franck_a");
        var face = (await Player.AnalyzeAsync(frames[0])).Face!;
        var dark = frames.Select(f => FaceWarp.BeforeADarkWall(ImageCanvas.Open(f).Value, face.Box)).ToList();

        var verdict = await Player.PlayAsync(dark.Select(f => f.Encode(".jpg", 92)), 25, [LivenessAction.Blink], [face.Embedding]);

        Assert.That(MeanGrey(dark[0]), Is.LessThan(LivenessRules.LeastGrey));
        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Passed));
    }

    [Test]
    public async Task Analyze_DarkFaceBeforeABrightWall_IsAsDarkAsTheFace()
    {
        var picture = ImageCanvas.Open(Read("no-blink/franck_c/0600.jpg")).Value;
        var box = (await FaceAsync("no-blink/franck_c/0600.jpg")).Box;
        var rgb = picture.Rgb.ToArray();
        for (var i = 0; i < rgb.Length; i++)
        {
            int x = i / 3 % picture.Width, y = i / 3 / picture.Width;
            rgb[i] = x < box.Left - 20 || x > box.Right + 20 || y < box.Top - 20 ? (byte)230 : (byte)(rgb[i] / 3);
        }
        var shaded = ImageCanvas.FromRgb(picture.Width, picture.Height, rgb);

        var frame = await Player.AnalyzeAsync(shaded.Encode(".png"));

        Assert.That(MeanGrey(shaded), Is.GreaterThan(LivenessRules.LeastGrey));
        Assert.That(frame.FaceCount, Is.EqualTo(1));
        Assert.That(frame.MeanGrey, Is.LessThan(LivenessRules.LeastGrey));
    }

    [Test]
    public async Task Session_ClipWithoutTheAction_NeverPasses([Values] LivenessAction asked, [Values(1, 3)] int every)
    {
        var verdict = await PlayAsync("no-blink/franck_c", asked, every);

        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Failed));
    }

    [Test]
    public async Task Session_ClipOfABlink_PassesNoOtherChallenge(
        [Values(LivenessAction.Nod, LivenessAction.TurnRight)] LivenessAction asked)
    {
        var verdict = await PlayAsync("blink/franck_b", asked, 1);

        Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Failed));
    }

    [Test]
    public async Task Session_ClipPlayedTwice_IsARepeatedInput()
    {
        var clip = Clip("no-blink/franck_c");

        var verdict = await Player.PlayAsync(clip.Concat(clip).Concat(clip), 25, [LivenessAction.Nod], [await TemplateAsync(clip[0])]);

        Assert.That(verdict.Fault, Is.EqualTo(LivenessFault.StaticImage));
    }

    [Test]
    public async Task Session_AnotherPerson_DoesNotMatch()
    {
        var verdict = await Player.PlayAsync(
            Clip("blink/franck_b"), 2, [LivenessAction.Blink], [await TemplateAsync(Read("live/image_T1.jpg"))]);

        Assert.That(verdict.Fault, Is.EqualTo(LivenessFault.FaceMismatch));
    }

    [TestCase("eyes/open_open.jpg", "eyes/closed_closed.jpg")]
    [TestCase("eyes/open_open.jpg", "eyes/closed_open.jpg")]
    public async Task Session_TwoPhotosInTurn_NeverPass(string open, string shut)
    {
        byte[] a = Read(open), b = Read(shut);
        foreach (var rate in new[] { 2.0, 10, 25 })
        {
            var frames = Enumerable.Range(0, (int)(20 * rate)).Select(i => i / 3 % 2 == 0 ? a : b);

            var verdict = await Player.PlayAsync(frames, rate, [LivenessAction.Blink], [await TemplateAsync(a), await TemplateAsync(b)]);

            Assert.That(verdict.Outcome, Is.EqualTo(LivenessOutcome.Failed), $"at {rate} frames a second");
        }
    }

    [Test]
    public async Task Analyze_WithoutPadAsked_GivesNoProbability()
    {
        var frame = (
            await Analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), Read("no-blink/franck_c/0600.jpg"), LivenessLook.Plain,
            default)).Value;

        Assert.That(frame.Face!.LiveProbability, Is.Null);
        Assert.That(frame.FaceCount, Is.EqualTo(1));
        Assert.That(frame.MeanGrey, Is.InRange(120, 145));
    }

    [Test]
    public async Task Analyze_PadAsked_GivesAProbabilityWhereTheProfileHasModelsForIt()
    {
        var frame = (
            await Analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), Read("no-blink/franck_c/0600.jpg"), LivenessLook.Pad,
            default)).Value;

        Assert.That(Analyzer.HasPad, Is.EqualTo(Models.Profile == "standard"));
        Assert.That(frame.Face!.LiveProbability, Analyzer.HasPad ? Is.InRange(0, 1) : Is.Null);
    }

    private async Task<LivenessJudgement> PlayAsync(string clip, LivenessAction asked, int every)
    {
        var frames = Clip(clip);
        return await Player.PlayAsync(frames.Where((_, i) => i % every == 0), 25.0 / every, [asked], [await TemplateAsync(frames[0])]);
    }

    private static double MeanGrey(ImageCanvas picture) => picture.Rgb.ToArray().Average(c => c);
}
