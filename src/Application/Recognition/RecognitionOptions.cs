using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Application.Recognition;

/// <summary>How a probe is matched against the gallery. Section: <c>Recognition</c>.</summary>
public sealed class RecognitionOptions
{
    /// <summary>FACE_TOLERANCE: greatest distance on the <see cref="DistanceScale"/> at which a face counts as the student, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Tolerance { get; set; } = DistanceScale.AtThreshold;

    /// <summary>The cosine similarity that the scale's <see cref="DistanceScale.AtThreshold"/> stands for.</summary>
    /// <value>No default here: it belongs to one embedder and one measured error rate, so the model manifest supplies it (docs/accuracy.md).</value>
    [Required, Range(-0.99, 0.99)]
    public float? BaseThreshold { get; set; }

    /// <summary>Least lead of the best student over the second, in cosine units. The manifest supplies it as well.</summary>
    [Required, Range(0.0, 0.5)]
    public float? Margin { get; set; }

    /// <summary>
    /// Least cosine similarity of a further photo to the id's own templates; below, it is refused as another person's. Far below what makes a match,
    /// because a photo of the same person in bad light or years later must not be refused lightly, and most strangers lie lower still.
    /// </summary>
    /// <value>The manifest supplies it (docs/accuracy.md).</value>
    [Required, Range(-1.0, 1.0)]
    public float? LeastOwnSimilarity { get; set; }

    public MatchPolicy Policy
    {
        get
        {
            var scale = new DistanceScale(BaseThreshold!.Value);
            return new(scale, scale.SimilarityOf(Tolerance), Margin!.Value);
        }
    }
}
