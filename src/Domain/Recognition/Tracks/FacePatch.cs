using System.Numerics.Tensors;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>An aligned face, small and grey, without its brightness and contrast: two of neighbouring frames show whether the face at a
/// place is still the one that was there, for a thousandth of an embedding. Says nothing of who it is.</summary>
public sealed class FacePatch
{
    /// <summary>Pixels of a side.</summary>
    public const int Side = 16;

    private readonly float[] _values;

    private FacePatch(float[] values) => _values = values;

    /// <param name="grey">float32[16, 16], the face aligned to the template.</param>
    public static FacePatch Of(ReadOnlySpan<float> grey)
    {
        var values = new float[Side * Side];
        TensorPrimitives.Subtract(grey[..values.Length], TensorPrimitives.Average(grey[..values.Length]), values);
        var norm = TensorPrimitives.Norm<float>(values);
        if (norm > 0) TensorPrimitives.Divide(values, norm, values);
        return new(values);
    }

    /// <returns>Correlation in [−1, 1]; 0 with a patch of one grey.</returns>
    public float CorrelationWith(FacePatch other) => TensorPrimitives.Dot<float>(_values, other._values);

    public override string ToString() => "FacePatch(withheld)";
}
