namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// How far a face is from the nearest student, on one scale for every embedder, so that a number that a client sends or an operator sets
/// means the same after a change of model: 0 is identical, <see cref="AtThreshold"/> the embedder's own threshold, 1 opposite, and cosine
/// similarity counts evenly on either side of the threshold.
/// </summary>
public sealed record DistanceScale
{
    /// <summary>What the contract's clients send as min_conf by themselves: their first server's tolerance (contract, "POST
    /// /recognize").</summary>
    public const double AtThreshold = 0.45;

    /// <summary>Of a probe with nobody to compare it with, and of an opposite one.</summary>
    public const double Furthest = 1;

    private const int Decimals = 4;

    /// <param name="threshold">The embedder's calibrated cosine similarity, between −1 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One side of the threshold would have no length.</exception>
    public DistanceScale(float threshold)
    {
        if (threshold is not (> -1 and < 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A threshold lies between -1 and 1.");
        Threshold = threshold;
    }

    /// <summary>Cosine similarity at <see cref="AtThreshold"/>.</summary>
    public float Threshold { get; }

    /// <param name="similarity">Cosine similarity to the nearest template; null when there is none.</param>
    /// <returns>In [0, 1], 4 decimals, as every client sees it and as limits are compared with it.</returns>
    public double DistanceOf(float? similarity)
    {
        if (similarity is not { } given) return Furthest;
        var s = Math.Clamp(given, -1.0, 1.0);
        var distance = s >= Threshold
            ? AtThreshold * (1 - s) / (1 - Threshold)
            : AtThreshold + ((Furthest - AtThreshold) * (Threshold - s) / (1 + Threshold));
        return Math.Round(distance, Decimals);
    }

    /// <param name="distance">In [0, 1].</param>
    /// <returns>The cosine similarity there.</returns>
    public float SimilarityOf(double distance)
    {
        if (distance is not (>= 0 and <= Furthest))
            throw new ArgumentOutOfRangeException(nameof(distance), distance, "A distance lies between 0 and 1.");
        return (float)(distance <= AtThreshold
            ? Threshold + ((AtThreshold - distance) * (1 - Threshold) / AtThreshold)
            : Threshold - ((distance - AtThreshold) * (1 + Threshold) / (Furthest - AtThreshold)));
    }
}
