using System.Numerics.Tensors;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>An aligned face, small and grey, without its brightness and contrast: two of neighbouring frames show whether the face at a
/// place is still the one that was there, for a thousandth of an embedding. Says nothing of who it is.</summary>
public sealed class FacePatch
{
    /// <summary>Pixels of a side.</summary>
    public const int Side = 16;

    // In pixels to each side: what is wider than so much of the patch is shading, which most faces share.
    private const int Around = 1;

    private readonly float[] _details;

    private FacePatch(float[] details) => _details = details;

    /// <param name="grey">float32[16, 16], the face aligned to the template.</param>
    public static FacePatch Of(ReadOnlySpan<float> grey) => new(Normalized(DetailsOf(grey)));

    /// <returns>Correlation in [−1, 1] of what is left without the shading that most faces share: eyes, brows, nostrils and mouths. 0 with
    /// a patch of one grey.</returns>
    public float DetailCorrelationWith(FacePatch other) => TensorPrimitives.Dot<float>(_details, other._details);

    private static float[] Normalized(float[] values)
    {
        var normalized = new float[values.Length];
        TensorPrimitives.Subtract(values, TensorPrimitives.Average<float>(values), normalized);
        var norm = TensorPrimitives.Norm<float>(normalized);
        if (norm > 0) TensorPrimitives.Divide(normalized, norm, normalized);
        return normalized;
    }

    /// <summary>Each pixel without the mean of those about it.</summary>
    private static float[] DetailsOf(ReadOnlySpan<float> values)
    {
        var details = new float[Side * Side];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                float sum = 0;
                var count = 0;
                for (var row = Math.Max(0, y - Around); row <= Math.Min(Side - 1, y + Around); row++)
                {
                    for (var column = Math.Max(0, x - Around); column <= Math.Min(Side - 1, x + Around); column++, count++)
                        sum += values[(row * Side) + column];
                }
                details[(y * Side) + x] = values[(y * Side) + x] - (sum / count);
            }
        }
        return details;
    }

    public override string ToString() => "FacePatch(withheld)";
}
