using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Application.Recognition;

/// <summary>How a probe is matched against the gallery. Section: <c>Recognition</c>.</summary>
public sealed class RecognitionOptions
{
    /// <summary>Greatest distance (1 − cosine similarity) at which a face counts as the student, in [0, 1].</summary>
    /// <value>No default here: it belongs to one embedder and one measured error rate, so the model manifest supplies it (docs/accuracy.md).</value>
    [Required, Range(0.0, 1.0)]
    public float? Tolerance { get; set; }

    /// <summary>Least lead of the best student over the second, in cosine units. The manifest supplies it as well.</summary>
    [Required, Range(0.0, 0.5)]
    public float? Margin { get; set; }

    public MatchPolicy Policy => new(1 - Tolerance!.Value, Margin!.Value);
}
