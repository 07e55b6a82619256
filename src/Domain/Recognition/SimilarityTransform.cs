using System.Numerics;

namespace FaceAttendance.Domain.Recognition;

/// <summary>A rotation, one scale and a shift in the plane: (x, y) becomes (A x − B y + Tx, B x + A y + Ty).</summary>
public readonly record struct SimilarityTransform(float A, float B, float Tx, float Ty)
{
    /// <summary>Side of the aligned crop in pixels.</summary>
    public const int TemplateSide = 112;

    /// <summary>Where ArcFace's 112×112 training crops hold the five points (insightface,
    /// python-package/insightface/utils/face_align.py).</summary>
    public static readonly FacePoints ArcFaceTemplate = new(
        new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f));

    /// <summary>The least-squares similarity, without reflection, that takes a face's points to <see cref="ArcFaceTemplate"/>.</summary>
    /// <remarks>
    /// Umeyama 1991 needs an SVD in general; in the plane, written with complex numbers, the best rotation and scale is one division:
    /// a + ib = Σ conj(p) q / Σ |p|² over the centred points, which cannot reflect.
    /// </remarks>
    /// <exception cref="ArgumentException">All five points coincide or are not finite.</exception>
    public static SimilarityTransform ToTemplate(in FacePoints face)
    {
        ReadOnlySpan<Vector2> source = [face.LeftEye, face.RightEye, face.Nose, face.LeftMouth, face.RightMouth];
        var t = ArcFaceTemplate;
        ReadOnlySpan<Vector2> target = [t.LeftEye, t.RightEye, t.Nose, t.LeftMouth, t.RightMouth];

        var sourceMean = Mean(source);
        var targetMean = Mean(target);
        double real = 0, imaginary = 0, spread = 0;
        for (var i = 0; i < source.Length; i++)
        {
            var p = source[i] - sourceMean;
            var q = target[i] - targetMean;
            real += ((double)p.X * q.X) + ((double)p.Y * q.Y);
            imaginary += ((double)p.X * q.Y) - ((double)p.Y * q.X);
            spread += ((double)p.X * p.X) + ((double)p.Y * p.Y);
        }
        if (!(spread > 1e-9) || !double.IsFinite(spread)) throw new ArgumentException("The five points do not span a face.", nameof(face));

        double a = real / spread, b = imaginary / spread;
        return new((float)a, (float)b,
            (float)(targetMean.X - ((a * sourceMean.X) - (b * sourceMean.Y))),
            (float)(targetMean.Y - ((b * sourceMean.X) + (a * sourceMean.Y))));
    }

    public Vector2 Apply(Vector2 p) => new((A * p.X) - (B * p.Y) + Tx, (B * p.X) + (A * p.Y) + Ty);

    /// <summary>This transform, and then a scale about the template's middle and a shift downwards.</summary>
    public SimilarityTransform Then(float scale, float down)
    {
        const float Middle = TemplateSide / 2f;
        return new(scale * A, scale * B, (scale * (Tx - Middle)) + Middle, (scale * (Ty - Middle)) + Middle + down);
    }

    /// <summary>The transform that undoes this one.</summary>
    public SimilarityTransform Invert()
    {
        var squared = (A * A) + (B * B);
        float a = A / squared, b = -B / squared;
        return new(a, b, -((a * Tx) - (b * Ty)), -((b * Tx) + (a * Ty)));
    }

    private static Vector2 Mean(ReadOnlySpan<Vector2> points)
    {
        var sum = Vector2.Zero;
        foreach (var p in points) sum += p;
        return sum / points.Length;
    }
}
