using FaceAttendance.Domain.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

[TestFixture]
public class ShareTests
{
    // The first four by R's binom.confint(x, n, methods = "wilson").
    [TestCase(0, 10, 0, 0.2775)]
    [TestCase(5, 10, 0.2366, 0.7634)]
    [TestCase(10, 10, 0.7225, 1)]
    [TestCase(15, 1064, 0.0086, 0.0231)]
    [TestCase(0, 0, 0, 1)]
    public void Interval_KnownCounts_IsWilsons(double hits, double trials, double low, double high)
    {
        var interval = new Share(hits, trials).Interval;

        Assert.That(interval.Low, Is.EqualTo(low).Within(5e-5));
        Assert.That(interval.High, Is.EqualTo(high).Within(5e-5));
    }

    [Test]
    public void AtMost_FewerDifferentTrials_KeepsTheRateAndWidensTheInterval()
    {
        var often = new Share(20, 2000);

        var once = often.AtMost(100);

        Assert.That(once.Rate, Is.EqualTo(often.Rate));
        Assert.That(once.Interval.High, Is.EqualTo(new Share(1, 100).Interval.High).And.GreaterThan(often.Interval.High));
        Assert.That(often.AtMost(5000), Is.EqualTo(often));
    }

    [Test]
    public void Of_Trials_CountsHits() => Assert.That(Share.Of([1, 2, 3, 4], n => n > 1), Is.EqualTo(new Share(3, 4)));
}
