using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>A student and the similarity of their direction to the probe.</summary>
/// <param name="LeadOverNegative">How far towards the student the probe lies from the middle between them and the negative example that
/// is nearest so, in units of the sphere; null without one.</param>
public readonly record struct GalleryMatch(StudentId Student, float Similarity, float? LeadOverNegative = null);

/// <summary>Who the probe is, if anybody, and how near the nearest was.</summary>
/// <param name="Student">Null for an unknown face.</param>
/// <param name="Similarity">Cosine similarity to the nearest student, whoever it is; null when the gallery is empty.</param>
/// <param name="Distance">The same on the <see cref="DistanceScale"/>, which has a number for an empty gallery too.</param>
public readonly record struct Identification(StudentId? Student, float? Similarity, double Distance);

/// <summary>When the nearest student counts as the person.</summary>
/// <param name="Scale">The embedder's.</param>
/// <param name="Threshold">Least cosine similarity in [−1, 1]; raising it refuses more genuine faces and accepts fewer strangers.</param>
public sealed record MatchPolicy(DistanceScale Scale, float Threshold)
{
    /// <summary>
    /// How far towards one of two lookalikes a probe must lie from the middle between them, in units of the sphere. A photo strays by about
    /// 0.08 along any one line (a unit vector of 128 values at a similarity of 0.5); a lead within that says nothing. Between students who
    /// are unlike, a margin buys nothing
    /// (docs/accuracy.md).
    /// </summary>
    public const float LookalikeMargin = 0.1f;

    /// <summary>
    /// How far towards the student a probe must lie from the middle between them and a face that was taken for them, in units of the
    /// sphere. Half of what is asked between two students: with as much, the worst example would cost a student one in 150 of their own
    /// photos, and with this it cost none of 464 (decision 41).
    /// </summary>
    public const float NegativeMargin = 0.05f;

    /// <summary>
    /// How far above the threshold a name may still be another's, where more views of the face are about to come: by so much a photo strays
    /// along any one line (see <see cref="LookalikeMargin"/>), and of three views the mean strays by half of it.
    /// </summary>
    public const float DoubtfulMargin = 0.08f;

    /// <summary>Whether a name that was given to a first view may well be taken back by the next ones.</summary>
    public bool IsDoubtful(in Identification who) => who.Student is not null && who.Similarity < Threshold + DoubtfulMargin;

    /// <param name="nearest">Different students by falling similarity; the first two decide.</param>
    /// <param name="similarityOf">Cosine similarity of two enrolled students; asked only when the probe lies about between them.</param>
    public Identification Decide(ReadOnlySpan<GalleryMatch> nearest, Func<StudentId, StudentId, float?> similarityOf)
    {
        if (nearest.IsEmpty) return new(null, null, Scale.DistanceOf(null));
        var best = nearest[0];
        var isNamed = best.Similarity >= Threshold && !(best.LeadOverNegative <= NegativeMargin)
            && (nearest.Length == 1 || Leads(best, nearest[1], similarityOf));
        return new(isNamed ? best.Student : null, best.Similarity, Scale.DistanceOf(best.Similarity));
    }

    private bool Leads(in GalleryMatch best, in GalleryMatch second, Func<StudentId, StudentId, float?> similarityOf)
    {
        // No two directions are further apart, so that a lead of so much suffices between any two.
        const float FurthestApart = 2;
        var lead = best.Similarity - second.Similarity;
        if (lead > LookalikeMargin * FurthestApart) return true;
        if (similarityOf(best.Student, second.Student) is not { } alike || alike < Threshold) return true;
        // Where |a − b| is the way from one to the other, the lead over it is the distance from the plane midway.
        return lead > LookalikeMargin * MathF.Sqrt(Math.Max(0, 2 - (2 * alike)));
    }
}
