using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Recognition;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>How a probe is matched against the gallery. Section: <c>Recognition</c>.</summary>
public sealed class RecognitionOptions
{
    // Of an embedder without a calibration, nobody knows better.
    private const float UncalibratedLead = 0.1f;

    // Of a thousand newcomers, one is asked for a reason although they are nobody's double.
    private const double FalseDuplicateRate = 1e-3;

    // Smaller schools are no stricter: whoever only looks alike is let in with a warning, and people can tell.
    private const int LeastStudents = 1_500;

    /// <summary>
    /// FACE_STRANGER_RATE: share of strangers before a camera who may get a student's name. The threshold follows from it, the embedder's
    /// measured scores and the number of students enrolled.
    /// </summary>
    [Range(1e-6, 0.5)]
    public double StrangerRate { get; set; } = 0.01;

    /// <summary>
    /// FACE_TOLERANCE: greatest distance on the <see cref="DistanceScale"/> at which a face counts as the student, in [0, 1]. Where it is
    /// set, it holds at every size of the gallery, in place of <see cref="StrangerRate"/>.
    /// </summary>
    [Range(0.0, 1.0)]
    public double? Tolerance { get; set; }

    /// <summary>The cosine similarity that the scale's <see cref="DistanceScale.AtThreshold"/> stands for.</summary>
    /// <value>No default here: it belongs to one embedder, so the model manifest supplies it (docs/accuracy.md).</value>
    [Required, Range(-0.99, 0.99)]
    public float? BaseThreshold { get; set; }

    /// <summary>What was measured of the embedder. Null where nothing was: its threshold is then the same at every size.</summary>
    public Calibration? Calibration { get; set; }

    /// <summary>
    /// Least cosine similarity of a further photo to the id's own templates; below, it is refused as another person's. Far below what makes
    /// a match, because a photo of the same person in bad light or years later must not be refused lightly, and most strangers lie lower
    /// still.
    /// </summary>
    /// <value>The manifest supplies it (docs/accuracy.md).</value>
    [Required, Range(-1.0, 1.0)]
    public float? LeastOwnSimilarity { get; set; }

    /// <summary>How faces are matched in a gallery of so many students.</summary>
    public MatchPolicy PolicyFor(GallerySize students)
    {
        var scale = new DistanceScale(BaseThreshold!.Value);
        var threshold = Tolerance is { } fixedDistance ? scale.SimilarityOf(fixedDistance)
            : Calibration?.ThresholdFor(StrangerRate, students) ?? scale.Threshold;
        return new(scale, threshold);
    }

    /// <summary>Cosine similarity from which on a new face is taken for a student who is enrolled already; never less than what makes a
    /// match.</summary>
    public float DuplicateThresholdFor(GallerySize students) =>
        Math.Max(
            PolicyFor(students).Threshold,
            Calibration?.ThresholdFor(FalseDuplicateRate, students.Total < LeastStudents ? new(LeastStudents, 0) : students)
                ?? BaseThreshold!.Value + UncalibratedLead);
}

[OptionsValidator]
public sealed partial class RecognitionOptionsValidator : IValidateOptions<RecognitionOptions>;
