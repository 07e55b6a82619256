using System.Numerics;
using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.Domain.Tests.Liveness;

/// <summary>A face of random features on a surface, as a camera sees it from a distance. Places and depths are in centimetres, from the
/// middle between the outer eye corners.</summary>
internal static class DrawnFace
{
    // Between the outer eye corners of an adult.
    private const float Unit = 9;

    // An ellipsoid as large as a head, and a nose; shallower than FaceRelief's idea of one.
    public static readonly Func<Vector2, float> Head = at =>
        Ellipsoid(at) - Ellipsoid(new(4.5f, 0)) - (2.2f * MathF.Exp(-Vector2.DistanceSquared(at, new(0, 4)) / 3.4f));

    public static readonly Func<Vector2, float> Plane = _ => 0;

    /// <summary>A sheet that is bent around an upright cylinder.</summary>
    public static Func<Vector2, float> Cylinder(float radius)
    {
        float Sagitta(float x) => radius - MathF.Sqrt(MathF.Max(0, (radius * radius) - (x * x)));
        return at => Sagitta(at.X) - Sagitta(4.5f);
    }

    /// <param name="seed">Of the landmarks' and the camera's noise.</param>
    /// <param name="person">Of the features.</param>
    public static FaceView View(Func<Vector2, float> shape, float centimetres, int seed, int person = 0)
    {
        var random = new Random(seed);
        float Noise(float most) => most * ((random.NextSingle() * 2) - 1);
        var features = FeaturesOf(person);
        var middle = new Vector2(0, 2.7f);
        // Landmarks of live faces move by 0.4 to 1 % of the eyes' distance from frame to frame.
        Vector2 shift = new(Noise(0.01f), Noise(0.01f)), size = new(1 + Noise(0.012f), 1 + Noise(0.012f));
        var grey = new byte[FaceView.Side * FaceView.Side];
        for (var i = 0; i < grey.Length; i++)
        {
            var seen = ((FaceView.PlaceOf(i % FaceView.Side, i / FaceView.Side) * size) + shift) * Unit;
            // The surface's point that is seen there, found step by step, for its depth is known only where it is.
            var at = seen;
            for (var step = 0; step < 5; step++) at = middle + ((seen - middle) * (1 + (shape(at) / centimetres)));
            var value = 128f;
            foreach (var (place, width, height) in features)
            {
                var away = Vector2.DistanceSquared(at, place) / (width * width);
                if (away < 9) value += height * MathF.Exp(-away);
            }
            grey[i] = (byte)Math.Clamp(value + Noise(4), 0, 255);
        }
        return new(grey, 3_000 / centimetres * (1 + Noise(0.01f)));
    }

    private static (Vector2 Place, float Width, float Height)[] FeaturesOf(int person)
    {
        var random = new Random(1_000 + person);
        return [.. Enumerable.Range(0, 120).Select(_ => (
            new Vector2((random.NextSingle() * 24) - 12, (random.NextSingle() * 26) - 9), 0.6f + (1.4f * random.NextSingle()),
            (random.NextSingle() * 140) - 70))];
    }

    private static float Ellipsoid(Vector2 at) =>
        -9.5f * MathF.Sqrt(MathF.Max(0, 1 - ((at - new Vector2(0, 3.5f)) / new Vector2(7.6f, 12)).LengthSquared()));
}
