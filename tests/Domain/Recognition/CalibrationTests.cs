using FaceAttendance.Domain.Recognition;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class CalibrationTests
{
    private static readonly ImpostorCurve One = new([(0.1, 0.15f), (0.01, 0.25f), (1e-3, 0.34f), (1e-4, 0.41f), (1e-5, 0.47f)]);
    private static readonly Calibration Model = new(One, new ImpostorCurve([(0.1, 0.16f), (1e-3, 0.36f), (1e-5, 0.5f)]));

    [TestCase(0.25f, 0.01, TestName = "RateAt_MeasuredPoint_IsTheMeasuredRate")]
    [TestCase(0.2f, 0.0316, TestName = "RateAt_HalfWay_IsTheGeometricMean")]
    [TestCase(0.53f, 1e-6, TestName = "RateAt_BeyondTheRarest_FallsAsOverTheLastDecade")]
    [TestCase(-0.9f, 1.0, TestName = "RateAt_FarBelow_IsEverybody")]
    public void RateAt(float similarity, double expected) =>
        Assert.That(One.RateAt(similarity), Is.EqualTo(expected).Within(0.01 * expected));

    [Test]
    public void SimilarityAt_RateThere_IsTheRate() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 900).Select(n => Math.Pow(10, -n / 100.0)).ToArbitrary(), rate =>
            One.SimilarityAt(rate) is 1 || Math.Abs(Math.Log(One.RateAt(One.SimilarityAt(rate)) / rate)) < 0.01));

    private static IEnumerable<TestCaseData> NoCurves()
    {
        static TestCaseData Of((double, float)[] points, string name) =>
            new TestCaseData((object)points).SetName($"Constructor_{name}_Throws");
        yield return Of([(0.1, 0.2f)], "OnePoint");
        yield return Of([(0.1, 0.2f), (0.1, 0.3f)], "RateThatDoesNotFall");
        yield return Of([(0.1, 0.2f), (0.01, 0.2f)], "SimilarityThatDoesNotRise");
        yield return Of([(1.0, 0.2f), (0.01, 0.3f)], "RateOfOne");
        yield return Of([(0.1, 0.2f), (double.NaN, 0.3f)], "NoNumber");
    }

    [TestCaseSource(nameof(NoCurves))]
    public void Constructor((double, float)[] points) => Assert.That(() => new ImpostorCurve(points), Throws.ArgumentException);

    [TestCase(1)]
    [TestCase(100)]
    public void ThresholdFor_AHundredStudentsOrFewer_IsTheBase(int students) =>
        Assert.That(Model.ThresholdFor(0.01, new(students, 0)), Is.EqualTo(0.41f).Within(1e-3f));

    [TestCase(0.01, 1_000, 0)]
    [TestCase(0.01, 0, 2_000)]
    [TestCase(0.001, 700, 700)]
    public void ThresholdFor_ManyStudents_NamesTheShareOfStrangersAskedFor(double rate, int one, int several)
    {
        var threshold = Model.ThresholdFor(rate, new(one, several));

        Assert.That(Model.StrangersNamed(threshold, new(one, several)), Is.EqualTo(rate).Within(0.01 * rate));
        Assert.That(1 - (Math.Pow(1 - One.RateAt(threshold), one) * Math.Pow(1 - Model.Several.RateAt(threshold), several)),
            Is.EqualTo(rate).Within(0.01 * rate));
    }

    [Test]
    public void ThresholdFor_MoreStudentsOrFewerStrangers_IsNeverLower() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 50_000).ToArbitrary(), Gen.Choose(0, 50_000).ToArbitrary(), (a, b) =>
            Model.ThresholdFor(0.01, new(Math.Max(a, b), 0)) >= Model.ThresholdFor(0.01, new(Math.Min(a, b), 0))
            && Model.ThresholdFor(0.001, new(a, b)) >= Model.ThresholdFor(0.01, new(a, b))));
}
