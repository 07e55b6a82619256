using FaceAttendance.Cli.Evaluation;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Evaluation;

[TestFixture]
public class ScoreCountsTests
{
    [TestCase(0.3, 3)]
    [TestCase(0.3001, 2)]
    [TestCase(-1, 4)]
    [TestCase(0.9, 1)]
    [TestCase(0.9001, 0)]
    public void From_AtAndJustAboveAScore_CountsIt(double threshold, int count)
    {
        var scores = Counts(-1, 0.3f, 0.5f, 0.9f);

        Assert.That(scores.CountFrom(threshold), Is.EqualTo(count));
        Assert.That(scores.From(threshold).Rate + scores.Below(threshold).Rate, Is.EqualTo(1).Within(1e-12));
    }

    [TestCase(0.1, 0.9001)]
    [TestCase(0.25, 0.5001)]
    [TestCase(0.5, 0.3001)]
    [TestCase(1, -1)]
    public void SimilarityAt_Rate_IsTheLeastThatNoMoreReach(double rate, double similarity)
    {
        var scores = Counts(-0.2f, 0.3f, 0.5f, 0.9f);

        Assert.That(scores.SimilarityAt(rate), Is.EqualTo(similarity).Within(1e-9));
        Assert.That(scores.From(similarity).Rate, Is.LessThanOrEqualTo(rate));
    }

    [Test]
    public void SimilarityAt_ManyScores_MatchesTheSortedOnes()
    {
        var random = new Random(1);
        var all = Enumerable.Range(0, 5000).Select(_ => (float)Math.Round((random.NextDouble() * 1.6) - 0.8, 4)).ToArray();
        var scores = Counts(all);

        foreach (var rate in new[] { 0.5, 0.1, 0.01, 0.001 })
        {
            var threshold = scores.SimilarityAt(rate);
            Assert.That(all.Count(s => s >= threshold - 5e-5), Is.LessThanOrEqualTo(rate * all.Length));
            Assert.That(all.Count(s => s >= threshold - 1.5e-4), Is.GreaterThan(rate * all.Length));
        }
    }

    [Test]
    public void EqualErrors_SeparatedButForOneEach_IsBetweenThem()
    {
        var right = Counts([.. Enumerable.Repeat(0.8f, 9), 0.2f]);
        var strangers = Counts([.. Enumerable.Repeat(0.1f, 9), 0.6f]);

        var equal = ErrorCurve.EqualErrors(right, strangers);

        Assert.That((equal.Stranger, equal.Missed), Is.EqualTo((0.1, 0.1)));
        Assert.That(equal.Threshold, Is.GreaterThan(0.2).And.LessThanOrEqualTo(0.6));
    }

    [Test]
    public void Of_RightAndStrangers_FallsFromEverybodyToNobody()
    {
        var random = new Random(2);
        var strangers = Counts([.. Enumerable.Range(0, 1000).Select(_ => (float)(random.NextDouble() - 0.5))]);
        var right = Counts([.. Enumerable.Range(0, 1000).Select(_ => (float)random.NextDouble())]);

        var curve = ErrorCurve.Of(right, strangers);

        Assert.That(curve[0].Stranger, Is.EqualTo(1));
        Assert.That(curve[^1].Stranger, Is.LessThanOrEqualTo(0.001));
        Assert.That(curve.Select(p => p.Stranger), Is.Ordered.Descending);
        Assert.That(curve.Select(p => p.Missed), Is.Ordered);
        Assert.That(curve.MinBy(p => Math.Abs(p.Stranger - 0.1)).Missed, Is.EqualTo(0.4).Within(0.05));
    }

    [Test]
    public void Calibrate_AThousandScores_GoesAsFarAsTenBearItOut()
    {
        var points = ErrorCurve.Calibrate(Counts([.. Enumerable.Range(0, 1000).Select(i => i / 1000f)]));

        Assert.That(points.Select(p => p.Rate), Is.EqualTo(new[] { 0.1, 0.05, 0.02, 0.01 }));
        Assert.That(points.Select(p => p.Similarity), Is.EqualTo(new[] { 0.899, 0.949, 0.979, 0.989 }).Within(0.0011));
    }

    [Test]
    public void Calibrate_ScoresThatAreAlike_LeavesOutWhatDoesNotRise()
    {
        var points = ErrorCurve.Calibrate(Counts([.. Enumerable.Repeat(0.1f, 900), .. Enumerable.Repeat(0.4f, 100)]));

        Assert.That(points.Select(p => p.Similarity), Is.Ordered.And.Unique);
    }

    private static ScoreCounts Counts(params float[] scores)
    {
        var counts = new ScoreCounts();
        foreach (var score in scores) counts.Add(score);
        return counts;
    }
}
