using FaceAttendance.Domain.Recognition;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class DistanceScaleTests
{
    [TestCase(0.43f, 1f, 0.0, TestName = "DistanceOf_Identical_IsZero")]
    [TestCase(0.43f, 1.0000001f, 0.0, TestName = "DistanceOf_RoundedBeyondIdentical_IsZero")]
    [TestCase(0.43f, 0.715f, 0.225, TestName = "DistanceOf_HalfWayAboveThreshold_IsHalfOfIt")]
    [TestCase(0.43f, 0.4302f, 0.4498, TestName = "DistanceOf_JustAboveThreshold_IsLess")]
    [TestCase(0.43f, 0.43f, 0.45, TestName = "DistanceOf_Threshold_IsTheContractsTolerance")]
    [TestCase(0.5f, 0.5f, 0.45, TestName = "DistanceOf_AnotherModelsThreshold_IsTheContractsTolerance")]
    [TestCase(-0.2f, -0.2f, 0.45, TestName = "DistanceOf_NegativeThreshold_IsTheContractsTolerance")]
    [TestCase(0.43f, 0.4294f, 0.4502, TestName = "DistanceOf_JustBelowThreshold_IsMore")]
    [TestCase(0.43f, -0.285f, 0.725, TestName = "DistanceOf_HalfWayBelowThreshold_IsHalfOfTheRest")]
    [TestCase(0.43f, -1f, 1.0, TestName = "DistanceOf_Opposite_IsOne")]
    [TestCase(0.43f, -1.0000001f, 1.0, TestName = "DistanceOf_RoundedBeyondOpposite_IsOne")]
    [TestCase(0.43f, null, 1.0, TestName = "DistanceOf_NobodyToCompareWith_IsOne")]
    public void DistanceOf(float threshold, float? similarity, double expected) =>
        Assert.That(new DistanceScale(threshold).DistanceOf(similarity), Is.EqualTo(expected));

    [TestCase(0.0, 1f)]
    [TestCase(0.225, 0.75f)]
    [TestCase(0.45, 0.5f)]
    [TestCase(0.725, -0.25f)]
    [TestCase(1.0, -1f)]
    public void SimilarityOf_EveryKink_IsWhereTheScaleHasIt(double distance, float expected) =>
        Assert.That(new DistanceScale(0.5f).SimilarityOf(distance), Is.EqualTo(expected).Within(1e-6f));

    [TestCase(0.43f)]
    [TestCase(0.38f)]
    [TestCase(0.2470123f)]
    public void SimilarityOf_ContractsTolerance_IsExactlyTheThreshold(float threshold) =>
        Assert.That(new DistanceScale(threshold).SimilarityOf(DistanceScale.AtThreshold), Is.EqualTo(threshold));

    [Test]
    public void DistanceOf_MoreSimilar_IsNeverFurther() => Check.QuickThrowOnFailure(Prop.ForAll(
        Cosine, Cosine, Threshold,
        (a, b, t) => new DistanceScale(t).DistanceOf(Math.Max(a, b)) <= new DistanceScale(t).DistanceOf(Math.Min(a, b))));

    [Test]
    public void DistanceOf_SimilarityOfADistance_IsTheDistance() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 10_000).Select(n => Math.Round(n / 10_000.0, 4)).ToArbitrary(), Threshold, (distance, t) =>
            new DistanceScale(t).DistanceOf(new DistanceScale(t).SimilarityOf(distance)) == distance));

    [TestCase(1f)]
    [TestCase(-1f)]
    [TestCase(float.NaN)]
    public void Constructor_ThresholdWithoutTwoSides_Throws(float threshold) =>
        Assert.That(() => new DistanceScale(threshold), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(-0.0001)]
    [TestCase(1.0001)]
    [TestCase(double.NaN)]
    public void SimilarityOf_NoDistance_Throws(double distance) =>
        Assert.That(() => new DistanceScale(0.5f).SimilarityOf(distance), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static Arbitrary<float> Cosine => Gen.Choose(-10_000, 10_000).Select(n => n / 10_000f).ToArbitrary();

    private static Arbitrary<float> Threshold => Gen.Choose(-9_000, 9_000).Select(n => n / 10_000f).ToArbitrary();
}
