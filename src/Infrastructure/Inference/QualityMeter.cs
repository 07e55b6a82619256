using System.Numerics.Tensors;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Measures one face for enrolment on its aligned grey crop. For one thread at a time.</summary>
internal sealed class QualityMeter
{
    private const int Side = SimilarityTransform.TemplateSide;

    private readonly float[] _grey = new float[FaceAligner.Pixels];

    /// <param name="face">In pixels of <paramref name="image"/>.</param>
    /// <param name="toOriginal">Original pixels a pixel of <paramref name="image"/>.</param>
    public FaceMeasurements Measure(RgbView image, in DetectedFace face, in SimilarityTransform toTemplate, float toOriginal)
    {
        FaceAligner.WarpGrey(image, toTemplate, _grey);
        var mean = TensorPrimitives.Average<float>(_grey);
        var contrast = TensorPrimitives.StdDev<float>(_grey);
        var box = face.Box;
        var visible =
            new FaceBox(Math.Max(0, box.Left), Math.Max(0, box.Top), Math.Min(image.Width, box.Right), Math.Min(image.Height, box.Bottom));
        return new(
            face.Points.EyeDistance * toOriginal, face.Confidence, face.Points.NoseOffset, mean, contrast, LaplacianVariance(),
            box.Area > 0 ? visible.Area / box.Area : 0);
    }

    /// <summary>The aligned face as one frame is compared with the next.</summary>
    public FacePatch PatchOf(RgbView image, in SimilarityTransform toTemplate)
    {
        // Nine samples a pixel of the patch: noise is averaged, and a tenth of the crop's pixels are looked up.
        const int Samples = 3, Across = FacePatch.Side * Samples;
        FaceAligner.WarpGrey(image, toTemplate, _grey, Across);
        Span<float> patch = stackalloc float[FacePatch.Side * FacePatch.Side];
        patch.Clear();
        for (var y = 0; y < Across; y++)
        {
            var row = patch.Slice(y / Samples * FacePatch.Side, FacePatch.Side);
            for (var x = 0; x < Across; x++) row[x / Samples] += _grey[(y * Across) + x];
        }
        return FacePatch.Of(patch);
    }

    /// <summary>Variance of the 4-neighbour Laplacian over the face's middle, where the crop holds no background.</summary>
    private float LaplacianVariance()
    {
        const int Border = 16;
        double sum = 0, squares = 0;
        var count = 0;
        for (var y = Border; y < Side - Border; y++)
        {
            for (var x = Border; x < Side - Border; x++)
            {
                var i = (y * Side) + x;
                var value = _grey[i - 1] + _grey[i + 1] + _grey[i - Side] + _grey[i + Side] - (4 * _grey[i]);
                sum += value;
                squares += (double)value * value;
                count++;
            }
        }
        var mean = sum / count;
        return (float)((squares / count) - (mean * mean));
    }
}
