namespace FaceAttendance.Domain.Recognition;

/// <summary>A share of trials, and how far the truth may lie from it.</summary>
/// <param name="Hits">Not whole where trials that repeat one another were counted for less.</param>
public readonly record struct Share(double Hits, double Trials)
{
    // Of the normal distribution, for 95 %.
    private const double Z = 1.959963984540054;

    /// <summary>NaN without trials.</summary>
    public double Rate => Hits / Trials;

    /// <summary>Wilson's score interval, 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209).</summary>
    public (double Low, double High) Interval
    {
        get
        {
            if (Trials <= 0) return (0, 1);
            var (p, n) = (Rate, Trials);
            var centre = (p + (Z * Z / (2 * n))) / (1 + (Z * Z / n));
            var half = Z / (1 + (Z * Z / n)) * Math.Sqrt((p * (1 - p) / n) + (Z * Z / (4 * n * n)));
            return (Math.Max(0, centre - half), Math.Min(1, centre + half));
        }
    }

    public static Share Of<T>(IEnumerable<T> trials, Func<T, bool> isHit)
    {
        var (hits, count) = (0, 0);
        foreach (var trial in trials)
        {
            count++;
            if (isHit(trial)) hits++;
        }
        return new(hits, count);
    }

    /// <summary>The same rate, of no more trials than there are different ones: who is asked twice says nothing new.</summary>
    public Share AtMost(double different) => Trials <= different ? this : new(Rate * different, different);
}
