namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// How often a stranger's face reaches a similarity to one student: the false-match rate of one comparison, measured. Between the measured
/// points the logarithm of the rate falls evenly with similarity, and beyond the rarest one as it did over the last decade.
/// </summary>
public sealed class ImpostorCurve
{
    private readonly (double LogRate, double Similarity)[] _points;
    private readonly double _tail;

    /// <param name="points">Rates in (0, 1), falling, with the cosine similarity that so many strangers reach, rising; at least
    /// two.</param>
    /// <exception cref="ArgumentException">The points do not fall so.</exception>
    public ImpostorCurve(IReadOnlyList<(double Rate, float Similarity)> points)
    {
        if (points.Count < 2) throw new ArgumentException("A curve has at least two points.", nameof(points));
        for (var i = 0; i < points.Count; i++)
        {
            if (points[i] is not { Rate: > 0 and < 1, Similarity: > -1 and < 1 })
                throw new ArgumentException(
                    $"Point {i + 1} is no rate between 0 and 1 with a similarity between -1 and 1.", nameof(points));
            if (i > 0 && (points[i].Rate >= points[i - 1].Rate || points[i].Similarity <= points[i - 1].Similarity))
                throw new ArgumentException($"Point {i + 1} is no rarer, or not more similar, than the one before.", nameof(points));
        }
        _points = [.. points.Select(p => (Math.Log(p.Rate), (double)p.Similarity))];
        var decade = Math.Max(0, Array.FindLastIndex(_points, p => p.LogRate >= _points[^1].LogRate + Math.Log(10)));
        _tail = Slope(_points[decade], _points[^1]);
    }

    /// <param name="similarity">Cosine similarity.</param>
    /// <returns>The share of strangers at least so similar, in (0, 1].</returns>
    public double RateAt(float similarity)
    {
        if (similarity >= _points[^1].Similarity) return Math.Exp(_points[^1].LogRate + (_tail * (similarity - _points[^1].Similarity)));
        // Asked many times for each frame, so that nothing is to be allocated here.
        var next = 1;
        while (_points[next].Similarity <= similarity) next++;
        var slope = Slope(_points[next - 1], _points[next]);
        return Math.Min(1, Math.Exp(_points[next].LogRate + (slope * (similarity - _points[next].Similarity))));
    }

    /// <param name="rate">In (0, 1).</param>
    /// <returns>The cosine similarity that so many strangers reach, in [−1, 1].</returns>
    public float SimilarityAt(double rate)
    {
        if (rate is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate lies between 0 and 1.");
        var log = Math.Log(rate);
        if (log <= _points[^1].LogRate) return (float)Math.Min(1, _points[^1].Similarity + ((log - _points[^1].LogRate) / _tail));
        var next = Math.Max(1, Array.FindIndex(_points, p => p.LogRate <= log));
        var slope = Slope(_points[next - 1], _points[next]);
        return (float)Math.Max(-1, _points[next].Similarity + ((log - _points[next].LogRate) / slope));
    }

    private static double Slope((double LogRate, double Similarity) from, (double LogRate, double Similarity) to) =>
        (to.LogRate - from.LogRate) / (to.Similarity - from.Similarity);
}

/// <summary>An embedder's measured scores of strangers, and the thresholds that follow from the rate of them that is accepted.</summary>
/// <param name="One">Against a student with one template.</param>
/// <param name="Several">Against the mean of two or more, which lies nearer to everybody.</param>
public sealed record Calibration(ImpostorCurve One, ImpostorCurve Several)
{
    // A hundred students and one stranger of a hundred: nobody asks for less, and smaller schools get better than they asked.
    private const double BaseRate = 1e-4;

    // One in a thousand strangers, for a comparison with one claimed person; liveness asks for it many times over in a session.
    private const double VerificationRate = 1e-3;

    // 40 halvings of the way from −1 to 1 are far below what a float can tell.
    private const int Halvings = 40;

    /// <summary>What <see cref="DistanceScale.AtThreshold"/> stands for, and the least threshold that a rate leads to.</summary>
    public float BaseThreshold => One.SimilarityAt(BaseRate);

    /// <summary>Least cosine similarity of a comparison with one claimed person (1:1).</summary>
    public float VerificationThreshold => One.SimilarityAt(VerificationRate);

    /// <returns>The share of strangers who reach a threshold with at least one student: 1 − (1 − FMR)^N, comparisons taken as
    /// independent.</returns>
    public double StrangersNamed(float threshold, GallerySize students) => 1 - Math.Exp(
        (students.One * Unreached(One, threshold)) + (students.Several * Unreached(Several, threshold)));

    /// <param name="rate">Share of strangers that may be named, in (0, 1).</param>
    /// <returns>The least cosine similarity at which no more are; never under <see cref="BaseThreshold"/>.</returns>
    public float ThresholdFor(double rate, GallerySize students)
    {
        float low = BaseThreshold, high = 1;
        if (StrangersNamed(low, students) <= rate) return low;
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (StrangersNamed(middle, students) <= rate) high = middle;
            else low = middle;
        }
        return high;
    }

    private static double Unreached(ImpostorCurve curve, float threshold) =>
        Math.Log(Math.Max(1 - curve.RateAt(threshold), double.Epsilon));
}
