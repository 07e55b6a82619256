namespace FaceAttendance.Benchmarks.Peers;

/// <summary>From a JPEG to the embeddings of its faces, in one thread.</summary>
internal interface IStack : IDisposable
{
    string Name { get; }

    IReadOnlyList<Face> Embed(byte[] jpeg);
}

/// <param name="X">Of its middle, in the picture's pixels.</param>
/// <param name="Unit">Its embedding, of length 1.</param>
internal readonly record struct Face(float X, float Y, float[] Unit)
{
    public float DistanceTo(float x, float y) => MathF.Sqrt(((X - x) * (X - x)) + ((Y - y) * (Y - y)));
}

/// <summary>What both peers do by hand.</summary>
internal static class Steps
{
    /// <summary>Where ArcFace models want eyes, nose and corners of the mouth in a picture of 112×112.</summary>
    public static readonly (float X, float Y)[] Template =
        [(38.2946f, 51.6963f), (73.5318f, 51.5014f), (56.0252f, 71.7366f), (41.5493f, 92.3655f), (70.7299f, 92.2041f)];

    /// <summary>
    /// The similarity that brings points nearest to the template (least squares, no reflection): x' = a·x − b·y + tx, y' = b·x + a·y + ty.
    /// </summary>
    public static (float A, float B, float Tx, float Ty) ToTemplate(ReadOnlySpan<(float X, float Y)> points)
    {
        float mx = 0, my = 0, ux = 0, uy = 0;
        for (var i = 0; i < points.Length; i++)
        {
            (mx, my) = (mx + (points[i].X / points.Length), my + (points[i].Y / points.Length));
            (ux, uy) = (ux + (Template[i].X / points.Length), uy + (Template[i].Y / points.Length));
        }
        float dot = 0, cross = 0, spread = 0;
        for (var i = 0; i < points.Length; i++)
        {
            var (x, y) = (points[i].X - mx, points[i].Y - my);
            var (u, v) = (Template[i].X - ux, Template[i].Y - uy);
            dot += (x * u) + (y * v);
            cross += (x * v) - (y * u);
            spread += (x * x) + (y * y);
        }
        var (a, b) = (dot / spread, cross / spread);
        return (a, b, ux - (a * mx) + (b * my), uy - (b * mx) - (a * my));
    }

    public static float[] Normalized(ReadOnlySpan<float> raw)
    {
        var length = MathF.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares(raw));
        var unit = new float[raw.Length];
        System.Numerics.Tensors.TensorPrimitives.Divide(raw, length, unit);
        return unit;
    }
}
