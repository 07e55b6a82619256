using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How many comparisons came to which cosine similarity, to the ten-thousandth. For one thread at a time.</summary>
internal sealed class ScoreCounts
{
    private const int StepsEach = 10_000;

    // From −1 to 1, both included.
    private readonly long[] _counts = new long[(2 * StepsEach) + 1];

    public long Total { get; private set; }

    /// <param name="similarity">In [−1, 1].</param>
    public void Add(float similarity)
    {
        _counts[StepOf(similarity)]++;
        Total++;
    }

    public void Add(ScoreCounts other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Total += other.Total;
    }

    public long CountFrom(double similarity)
    {
        var count = 0L;
        for (var i = StepOf(similarity); i < _counts.Length; i++) count += _counts[i];
        return count;
    }

    public Share From(double similarity) => new(CountFrom(similarity), Total);

    public Share Below(double similarity) => new(Total - CountFrom(similarity), Total);

    /// <returns>The least similarity that no more than this share reach.</returns>
    public double SimilarityAt(double rate)
    {
        // A tenth of a thousand is a hundred, whatever binary fractions make of it.
        var most = rate * Total * (1 + 1e-9);
        var count = 0L;
        for (var i = _counts.Length - 1; i >= 0; i--)
        {
            count += _counts[i];
            if (count > most) return SimilarityOf(i + 1);
        }
        return -1;
    }

    /// <returns>The similarities at which something changes, falling: each value that was met.</returns>
    public IEnumerable<double> Met()
    {
        for (var i = _counts.Length - 1; i >= 0; i--)
        {
            if (_counts[i] > 0) yield return SimilarityOf(i);
        }
    }

    /// <returns>The share of all in each of so many equally wide parts of [−1, 1].</returns>
    public double[] Histogram(int bars)
    {
        var shares = new double[bars];
        for (var i = 0; i < _counts.Length; i++)
            shares[Math.Min(bars - 1, i * bars / _counts.Length)] += _counts[i] / (double)Math.Max(1, Total);
        return shares;
    }

    // Half a step up and down, so that a value and a threshold written alike meet in one step.
    private static int StepOf(double similarity) => (int)Math.Clamp(Math.Round((similarity + 1) * StepsEach), 0, 2 * StepsEach);

    private static double SimilarityOf(int step) => Math.Round((step / (double)StepsEach) - 1, 4);
}

/// <summary>One threshold's two errors.</summary>
/// <param name="Stranger">Share of strangers who reach it: a false match.</param>
/// <param name="Missed">Share of the right ones who do not: a false non-match.</param>
internal readonly record struct ErrorPoint(double Threshold, double Stranger, double Missed);

/// <summary>How the two errors trade against each other as the threshold moves.</summary>
internal static class ErrorCurve
{
    // Twenty a decade make a smooth line.
    private const int PointsADecade = 20;

    // Points of the false-match curve, by rate; a rarer one than ten comparisons bear out is chance.
    private const double LeastHits = 10;
    private static readonly double[] Steps = [1, 0.5, 0.2];

    /// <summary>Points from everybody accepted to nobody, evenly spread over the logarithm of the strangers' rate.</summary>
    public static IReadOnlyList<ErrorPoint> Of(ScoreCounts right, ScoreCounts strangers)
    {
        var points = new List<ErrorPoint>();
        var count = (PointsADecade * Math.Log10(Math.Max(1, strangers.Total))) + 1;
        for (var i = 0; i <= count; i++)
        {
            var threshold = strangers.SimilarityAt(Math.Pow(10, -i / (double)PointsADecade));
            if (points.Count > 0 && threshold <= points[^1].Threshold) continue;
            points.Add(new(threshold, strangers.From(threshold).Rate, right.Below(threshold).Rate));
        }
        return points;
    }

    /// <returns>Where as many strangers are accepted as right ones refused.</returns>
    public static ErrorPoint EqualErrors(ScoreCounts right, ScoreCounts strangers) => right.Met().Concat(strangers.Met()).Distinct()
        .Select(t => new ErrorPoint(t, strangers.From(t).Rate, right.Below(t).Rate))
        .MinBy(p => (Math.Abs(p.Stranger - p.Missed), p.Stranger));

    /// <summary>False-match rates 0.1, 0.05, 0.02, 0.01, … as long as ten comparisons bear them out, each with the similarity, rising, to
    /// three decimals.</summary>
    public static IReadOnlyList<(double Rate, double Similarity)> Calibrate(ScoreCounts strangers)
    {
        var points = new List<(double Rate, double Similarity)>();
        for (var decade = 1; decade <= 9; decade++)
        {
            foreach (var step in Steps)
            {
                var rate = Math.Round(step * Math.Pow(10, -decade), decade + 1);
                if (rate * strangers.Total < LeastHits) return points;
                var similarity = Math.Round(strangers.SimilarityAt(rate), 3);
                if (points.Count == 0 || similarity > points[^1].Similarity) points.Add((rate, similarity));
            }
        }
        return points;
    }
}
