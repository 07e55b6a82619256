using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>A student and the best similarity of any of their templates to the probe.</summary>
public readonly record struct GalleryMatch(StudentId Student, float Similarity);

/// <summary>Who the probe is, if anybody, and how near the nearest was.</summary>
/// <param name="Student">Null for an unknown face.</param>
/// <param name="Similarity">Cosine similarity to the nearest template, whoever's it is; null when the gallery is empty.</param>
/// <param name="Distance">The same on the <see cref="DistanceScale"/>, which has a number for an empty gallery too.</param>
public readonly record struct Identification(StudentId? Student, float? Similarity, double Distance);

/// <summary>When the nearest student counts as the person.</summary>
/// <param name="Scale">The embedder's.</param>
/// <param name="Threshold">Least cosine similarity in [−1, 1]; raising it refuses more genuine faces and accepts fewer strangers.</param>
/// <param name="Margin">Least lead over the second student, in cosine units; a stranger is often about equally near to several.</param>
public sealed record MatchPolicy(DistanceScale Scale, float Threshold, float Margin)
{
    /// <param name="nearest">Different students by falling similarity; the first two decide.</param>
    public Identification Decide(ReadOnlySpan<GalleryMatch> nearest)
    {
        if (nearest.IsEmpty) return new(null, null, Scale.DistanceOf(null));
        var best = nearest[0];
        var leads = nearest.Length == 1 || best.Similarity - nearest[1].Similarity >= Margin;
        return new(best.Similarity >= Threshold && leads ? best.Student : null, best.Similarity, Scale.DistanceOf(best.Similarity));
    }
}
