using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class MatchPolicyTests
{
    private static readonly MatchPolicy Policy = new(new DistanceScale(0.4f), Threshold: 0.45f);

    [TestCase(0.44f, 0.0f, null, TestName = "Decide_BelowThreshold_IsUnknown")]
    [TestCase(0.45f, 0.0f, "ann", TestName = "Decide_AtThreshold_IsStudent")]
    [TestCase(0.60f, 0.599f, "ann", TestName = "Decide_ShortLeadOverSomebodyUnlike_IsStudent")]
    public void Decide(float best, float second, string? expected)
    {
        var who = Policy.Decide([new(new("ann"), best), new(new("bob"), second)], (_, _) => 0.2f);

        Assert.That(who.Student?.Value, Is.EqualTo(expected));
        Assert.That(who.Distance, Is.EqualTo(Policy.Scale.DistanceOf(best)));
    }

    // Two directions with a similarity of 0.68 are 0.8 apart, so that a probe is a tenth of the sphere's radius off their middle from a
    // lead of 0.08 on.
    [TestCase(0.68f, 0.07f, null, TestName = "Decide_BetweenTwoLookalikes_IsUnknown")]
    [TestCase(0.68f, 0.09f, "ann", TestName = "Decide_ClearlyOneOfTwoLookalikes_IsStudent")]
    [TestCase(0.98f, 0.019f, null, TestName = "Decide_BetweenTwins_IsUnknown")]
    [TestCase(0.98f, 0.021f, "ann", TestName = "Decide_ClearlyOneOfTwins_IsStudent")]
    [TestCase(1.0f, 0.0f, null, TestName = "Decide_OnePersonUnderTwoIds_IsUnknown")]
    public void Decide_Lookalikes(float alike, float lead, string? expected) => Assert.That(
        Policy.Decide([new(new("ann"), 0.7f), new(new("bob"), 0.7f - lead)], (_, _) => alike).Student?.Value, Is.EqualTo(expected));

    [TestCase(null, "ann", TestName = "Decide_WithoutANegativeExample_IsStudent")]
    [TestCase(0.051f, "ann", TestName = "Decide_ClearlyTheStudentAndNotTheExample_IsStudent")]
    [TestCase(MatchPolicy.NegativeMargin, null, TestName = "Decide_AtTheMarginOfAnExample_IsUnknown")]
    [TestCase(-0.4f, null, TestName = "Decide_TheExampleItself_IsUnknown")]
    [TestCase(float.NaN, "ann", TestName = "Decide_ExampleThatSaysNothing_IsStudent")]
    public void Decide_Negatives(float? lead, string? expected)
    {
        var who = Policy.Decide([new(new("ann"), 0.9f, lead), new(new("bob"), 0.1f, -1)], NobodyAsked);

        Assert.That(who.Student?.Value, Is.EqualTo(expected));
        Assert.That(who.Similarity, Is.EqualTo(0.9f));
    }

    [Test]
    public void Decide_OnlyOneStudentEnrolled_NeedsNoLead() =>
        Assert.That(Policy.Decide([new(new("ann"), 0.5f)], NobodyAsked).Student, Is.EqualTo(new StudentId("ann")));

    [Test]
    public void Decide_EmptyGallery_IsAsFarAsCanBe() =>
        Assert.That(Policy.Decide([], NobodyAsked), Is.EqualTo(new Identification(null, null, 1)));

    private static float? NobodyAsked(StudentId one, StudentId other) => throw new InvalidOperationException("Nobody is to be compared.");
}

public sealed class EmbeddingTests
{
    [Test]
    public void CosineSimilarity_AnyTwo_SymmetricAndBounded() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<float[]>().Filter(Usable), ArbMap.Default.ArbFor<float[]>().Filter(Usable), (a, b) =>
        {
            var n = Math.Min(a.Length, b.Length);
            if (!Usable(a[..n]) || !Usable(b[..n])) return true;
            Embedding x = Embedding.FromRaw(a.AsSpan(0, n), new("c")), y = Embedding.FromRaw(b.AsSpan(0, n), new("c"));
            var similarity = x.CosineSimilarity(y);
            return similarity is >= -1 and <= 1 && Math.Abs(similarity - y.CosineSimilarity(x)) < 1e-6 && x.CosineSimilarity(x) > 0.999f;
        }));

    [TestCase(new float[] { 0, 0 })]
    [TestCase(new float[] { float.NaN, 1 })]
    [TestCase(new float[] { float.PositiveInfinity, 1 })]
    public void FromRaw_UnusableNorm_Throws(float[] raw) =>
        Assert.That(() => Embedding.FromRaw(raw, new("c")), Throws.ArgumentException);

    [Test]
    public void CosineSimilarity_ForeignContract_Throws() =>
        Assert.That(() => Embedding.FromRaw([1], new("a")).CosineSimilarity(Embedding.FromRaw([1], new("b"))), Throws.ArgumentException);

    [Test]
    public void ToString_Embedding_WithholdsValues() =>
        Assert.That(Embedding.FromRaw([0.6f, 0.8f], new("c")).ToString(), Is.EqualTo("Embedding(2 values withheld, c)"));

    private static bool Usable(float[] a) =>
        a.Length > 0 && a.All(v => float.IsFinite(v) && Math.Abs(v) < 1e6f) && a.Any(v => Math.Abs(v) > 1e-2f);
}

public sealed class SimilarityTransformTests
{
    [Test]
    public void ToTemplate_RotatedScaledShiftedTemplate_IsUndoneExactly()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var angle = random.NextDouble() * 6.28;
            var scale = 0.2 + (random.NextDouble() * 8);
            var there = new SimilarityTransform(
                (float)(scale * Math.Cos(angle)), (float)(scale * Math.Sin(angle)), random.Next(-500, 500), random.Next(-500, 500));
            var t = SimilarityTransform.ArcFaceTemplate;
            var face =
                new FacePoints(there.Apply(t.LeftEye), there.Apply(t.RightEye), there.Apply(t.Nose), there.Apply(t.LeftMouth),
                    there.Apply(t.RightMouth));

            var back = SimilarityTransform.ToTemplate(face);

            Assert.That(Vector2.Distance(back.Apply(face.Nose), t.Nose), Is.LessThan(0.01f));
            Assert.That(Vector2.Distance(back.Invert().Apply(t.LeftEye), face.LeftEye), Is.LessThan(0.02f));
        }
    }

    [Test]
    public void Then_ScaleAndShift_GrowsAboutTheMiddleOfTheTemplate()
    {
        var placed = new SimilarityTransform(2, 0, 10, 10).Then(scale: 1.5f, down: -2);

        // (23, 23) lies in the middle, at (56, 56), before; (33, 23) lies 20 to the right of it.
        Assert.That(placed.Apply(new(23, 23)), Is.EqualTo(new Vector2(56, 54)));
        Assert.That(placed.Apply(new(33, 23)), Is.EqualTo(new Vector2(86, 54)));
    }

    [Test]
    public void ToTemplate_MirroredFace_IsNotReflected()
    {
        var t = SimilarityTransform.ArcFaceTemplate;
        static Vector2 Mirror(Vector2 p) => p with { X = 112 - p.X };

        var transform = SimilarityTransform.ToTemplate(
            new(Mirror(t.LeftEye), Mirror(t.RightEye), Mirror(t.Nose), Mirror(t.LeftMouth), Mirror(t.RightMouth)));

        // A similarity without reflection keeps orientation: a² + b² is its determinant.
        Assert.That((transform.A * transform.A) + (transform.B * transform.B), Is.GreaterThan(0));
        Assert.That(Vector2.Distance(transform.Apply(Mirror(t.LeftEye)), t.LeftEye), Is.GreaterThan(10));
    }

    [Test]
    public void ToTemplate_PointsAllEqual_Throws() => Assert.That(
        () => SimilarityTransform.ToTemplate(new(Vector2.One, Vector2.One, Vector2.One, Vector2.One, Vector2.One)),
        Throws.ArgumentException);
}

public sealed class NonMaximumSuppressionTests
{
    [Test]
    public void Apply_DistinctScores_ResultIndependentOfOrder()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var faces = Enumerable.Range(0, 60).Select(i => Face(random.Next(200), random.Next(200), 20 + random.Next(40), (i + 1) / 61f))
            .ToList();
        var first = new List<DetectedFace>(faces);
        NonMaximumSuppression.Apply(first, 0.4f);

        var shuffled = faces.OrderBy(_ => random.Next()).ToList();
        NonMaximumSuppression.Apply(shuffled, 0.4f);

        Assert.That(shuffled, Is.EqualTo(first));
        Assert.That(first, Is.Ordered.Descending.By(nameof(DetectedFace.Confidence)));
    }

    [TestCase(0, 1, TestName = "Apply_SameBox_KeepsStronger")]
    [TestCase(100, 2, TestName = "Apply_ApartBoxes_KeepsBoth")]
    [TestCase(6, 1, TestName = "Apply_OverlapJustAboveLimit_KeepsStronger")]
    [TestCase(9, 2, TestName = "Apply_OverlapJustBelowLimit_KeepsBoth")]
    public void Apply(int shift, int kept)
    {
        // 20 px squares: IoU is (20 − s) / (20 + s); 6 gives 0.54, 9 gives 0.38.
        List<DetectedFace> faces = [Face(0, 0, 20, 0.6f), Face(shift, 0, 20, 0.9f)];

        NonMaximumSuppression.Apply(faces, 0.4f);

        Assert.That(faces, Has.Count.EqualTo(kept));
        Assert.That(faces[0].Confidence, Is.EqualTo(0.9f));
    }

    [Test]
    public void Apply_WeakBoxBetweenTwoTouchingFaces_IsDroppedAsGhost()
    {
        List<DetectedFace> faces = [Face(0, 0, 100, 0.9f), Face(104, 0, 100, 0.9f), Face(52, 0, 100, 0.7f)];

        NonMaximumSuppression.Apply(faces, 0.4f);

        Assert.That(faces.Select(f => f.Box.Left), Is.EquivalentTo([0f, 104f]));
    }

    [Test]
    public void Apply_SmallFaceWithinALargeOne_IsKept()
    {
        List<DetectedFace> faces = [Face(0, 0, 100, 0.9f), Face(104, 0, 100, 0.9f), Face(5, 5, 25, 0.7f)];

        NonMaximumSuppression.Apply(faces, 0.4f);

        Assert.That(faces, Has.Count.EqualTo(3));
    }

    private static DetectedFace Face(int x, int y, int side, float confidence) => new(new(x, y, x + side, y + side), default, confidence);
}

public sealed class FaceBoxTests
{
    [Test]
    public void ToPixels_BeyondTheImage_IsClippedInContractOrder() =>
        Assert.That(
            new FaceBox(-4.6f, 10.4f, 700, 90.6f).ToPixels(640, 480), Is.EqualTo(new PixelBox(Top: 10, Right: 640, Bottom: 91, Left: 0)));
}

public sealed class QualityRuleTests
{
    private static readonly FaceMeasurements Good = new(60, 0.99f, 0.05f, 120, 45, 200, 1);

    [Test]
    public void Judge_GoodFace_HasNothingAgainstIt() => Assert.That(QualityRule.Judge(Good), Is.Empty);

    private static IEnumerable<TestCaseData> Edges()
    {
        TestCaseData At(FaceMeasurements m, QualityReason? reason, string name) => new TestCaseData(m, reason).SetName($"Judge_{name}");
        yield return At(Good with { EyeDistance = 15.9f }, QualityReason.TooSmall, "EyesJustTooNear_TooSmall");
        yield return At(Good with { EyeDistance = 16 }, null, "EyesAtLimit_Accepted");
        yield return At(Good with { Confidence = 0.69f }, QualityReason.LowConfidence, "ConfidenceJustBelow_LowConfidence");
        yield return At(Good with { NoseOffset = -0.56f }, QualityReason.TurnedAway, "TurnedLeft_TurnedAway");
        yield return At(Good with { NoseOffset = 0.55f }, null, "TurnAtLimit_Accepted");
        yield return At(Good with { Brightness = 39.9f }, QualityReason.TooDark, "JustTooDark_TooDark");
        yield return At(Good with { Brightness = 230.1f }, QualityReason.TooBright, "JustTooBright_TooBright");
        yield return At(Good with { Contrast = 11.9f }, QualityReason.LowContrast, "JustTooFlat_LowContrast");
        yield return At(Good with { Sharpness = 14.9f }, QualityReason.Blurred, "JustTooSoft_Blurred");
        yield return At(Good with { VisiblePart = 0.74f }, QualityReason.CutOff, "JustCut_CutOff");
        yield return At(Good with { Sharpness = float.NaN }, QualityReason.Blurred, "NaN_CountsAsPoor");
    }

    [TestCaseSource(nameof(Edges))]
    public void Judge(FaceMeasurements measured, QualityReason? reason) =>
        Assert.That(QualityRule.Judge(measured), Is.EqualTo(reason is { } r ? new[] { r } : []));
}
