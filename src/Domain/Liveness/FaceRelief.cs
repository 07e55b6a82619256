using System.Numerics;

namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// How much nearer to the camera a face's middle is than its rim, from two views at different distances. Of a head that comes closer, what
/// lies behind the eyes grows less than they do, and the nose more; whatever is flat grows evenly, however it is tilted.
/// </summary>
/// <remarks>
/// The near view is laid over the far one by Gauss and Newton's method: a homography, which is all that a plane can do; shifts in
/// proportion to a head's depth, which is what a small turn or nod does; and a scale in proportion to that depth, which is the relief.
/// Landmarks alone do not serve: models that find them take a face to be like those they know, and give back a quarter of the change that
/// is there (docs/decisions/0024).
/// </remarks>
public static class FaceRelief
{
    // What makes two views the same: six of an affinity, the depth's scale, two of a homography's perspective, two shifts by depth.
    private const int Unknowns = 11;
    private const int Relief = 6;

    private const int MostRounds = 20;
    private const float Done = 3e-4f;
    private const float LongestStep = 0.05f;

    // Differences of brightness, in standard deviations, from which on a pixel counts less: eyes that shut, a mouth that moves.
    private const float Outlier = 0.5f;

    // The middle of the face, through which the camera looks at it.
    private const float MiddleY = 0.3f;

    private static readonly (Vector2 Place, int Pixel, float Depth)[] Points = FacePoints();

    /// <param name="Amount">
    /// Change of 1/distance, the distance in units of the eyes': (1/near − 1/far). 0 of whatever is flat; about 0.06 of a head that comes
    /// from 55 to 35 cm.
    /// </param>
    /// <param name="Likeness">Correlation of the two views once laid over one another, at most 1: whether they show the same, well enough
    /// to compare.</param>
    public readonly record struct Measured(float Amount, float Likeness);

    public static Measured Between(FaceView far, FaceView near)
    {
        var wanted = Normalized(far);
        var seen = Blurred(near);
        Span<float> fit = stackalloc float[Unknowns];
        fit.Clear();
        var (values, slopes) = (new float[Points.Length], new float[Points.Length * Unknowns]);
        var likeness = 0f;
        for (var round = 0; ; round++)
        {
            See(seen, fit, values, slopes);
            Normalize(values, slopes);
            likeness = 0;
            for (var i = 0; i < values.Length; i++) likeness += wanted[i] * values[i] / values.Length;
            if (round == MostRounds || !(Improve(wanted, values, slopes, fit) > Done)) return new(fit[Relief], likeness);
        }
    }

    /// <summary>Where a head's surface lies behind its eyes, in eye distances: falling off towards the ears, the nose before
    /// them.</summary>
    internal static float DepthAt(Vector2 place)
    {
        // Of the mean head of a 3-D face mesh: ears 0.6 behind the eyes at x = 0.77, the corners of the jaw 0.44 at 0.62, the nose's tip
        // 0.44 before them.
        var x = Math.Min(Math.Abs(place.X), 0.9f);
        return (2 * x * x * x * x) - (0.4f * MathF.Exp(-Vector2.DistanceSquared(place, new(0, 0.45f)) / (2 * 0.13f * 0.13f)));
    }

    /// <summary>Every second pixel of the face, without what is beside it.</summary>
    private static (Vector2, int, float)[] FacePoints()
    {
        var points = new List<(Vector2, int, float)>();
        for (var row = 2; row < FaceView.Side - 2; row += 2)
        {
            for (var column = 2; column < FaceView.Side - 2; column += 2)
            {
                var place = FaceView.PlaceOf(column, row);
                if (((place - new Vector2(0, MiddleY)) / new Vector2(0.8f, 0.92f)).LengthSquared() < 1)
                    points.Add((place, (row * FaceView.Side) + column, DepthAt(place)));
            }
        }
        return [.. points];
    }

    private static float[] Normalized(FaceView view)
    {
        var grey = Blurred(view);
        var values = Points.Select(p => grey[p.Pixel]).ToArray();
        Normalize(values, []);
        return values;
    }

    /// <summary>To a mean of 0 and a standard deviation of 1: light changes as a face moves. The slopes follow.</summary>
    private static void Normalize(Span<float> values, Span<float> slopes)
    {
        float mean = 0, square = 0;
        foreach (var value in values) mean += value / values.Length;
        foreach (var value in values) square += (value - mean) * (value - mean) / values.Length;
        var factor = 1 / Math.Max(MathF.Sqrt(square), 1e-3f);
        foreach (ref var value in values) value = (value - mean) * factor;
        foreach (ref var slope in slopes) slope *= factor;
    }

    /// <summary>What the near view shows at each of the face's points, and how that changes with each unknown.</summary>
    private static void See(float[] near, ReadOnlySpan<float> fit, Span<float> values, Span<float> slopes)
    {
        for (var i = 0; i < Points.Length; i++)
        {
            var (at, _, depth) = Points[i];
            // Around the middle, so that it stays where it is.
            Vector2 moved = new(
                at.X + (fit[0] * at.X) + (fit[1] * at.Y) + fit[2] + (fit[9] * depth),
                at.Y + (fit[3] * at.X) + (fit[4] * at.Y) + fit[5] + (fit[10] * depth) - MiddleY);
            float byDepth = 1 / (1 + (fit[Relief] * depth)), byTilt = 1 / (1 + (fit[7] * at.X) + (fit[8] * at.Y)), scale = byDepth * byTilt;
            values[i] = Sample(near, FaceView.PixelOf((moved * scale) + new Vector2(0, MiddleY)), out var slope);
            var outwards = Vector2.Dot(slope, moved) * scale;
            var of = slopes.Slice(i * Unknowns, Unknowns);
            slope *= scale;
            (of[0], of[1], of[2]) = (slope.X * at.X, slope.X * at.Y, slope.X);
            (of[3], of[4], of[5]) = (slope.Y * at.X, slope.Y * at.Y, slope.Y);
            (of[Relief], of[7], of[8]) = (-outwards * byDepth * depth, -outwards * byTilt * at.X, -outwards * byTilt * at.Y);
            (of[9], of[10]) = (slope.X * depth, slope.Y * depth);
        }
    }

    /// <returns>The largest change of an unknown.</returns>
    private static float Improve(ReadOnlySpan<float> wanted, ReadOnlySpan<float> values, ReadOnlySpan<float> slopes, Span<float> fit)
    {
        // Normal equations, the right side behind the square.
        var equations = new double[Unknowns, Unknowns + 1];
        for (var i = 0; i < values.Length; i++)
        {
            var off = wanted[i] - values[i];
            var weight = 1 / (1 + (off * off / (Outlier * Outlier)));
            var slope = slopes.Slice(i * Unknowns, Unknowns);
            for (var a = 0; a < Unknowns; a++)
            {
                var weighted = weight * slope[a];
                for (var b = a; b < Unknowns; b++) equations[a, b] += weighted * slope[b];
                equations[a, Unknowns] += weighted * off;
            }
        }
        for (var a = 0; a < Unknowns; a++)
        {
            // Keeps a picture without structure from moving at all.
            equations[a, a] += 1e-5 * values.Length;
            for (var b = 0; b < a; b++) equations[a, b] = equations[b, a];
        }
        Solve(equations);
        var largest = 0f;
        for (var a = 0; a < Unknowns; a++)
        {
            var step = (float)equations[a, Unknowns];
            fit[a] += Math.Clamp(step, -LongestStep, LongestStep);
            largest = Math.Max(largest, Math.Abs(step));
        }
        return largest;
    }

    /// <summary>Gauss's elimination; the matrix is symmetric and positive, so that the diagonal serves as pivots. The solution takes the
    /// right side's place.</summary>
    private static void Solve(double[,] equations)
    {
        for (var i = 0; i < Unknowns; i++)
        {
            for (var row = 0; row < Unknowns; row++)
            {
                if (row == i) continue;
                var factor = equations[row, i] / equations[i, i];
                for (var column = i; column <= Unknowns; column++) equations[row, column] -= factor * equations[i, column];
            }
        }
        for (var i = 0; i < Unknowns; i++) equations[i, Unknowns] /= equations[i, i];
    }

    /// <param name="slope">Per eye distance.</param>
    private static float Sample(float[] grey, Vector2 pixel, out Vector2 slope)
    {
        const float Last = FaceView.Side - 1.001f;
        float x = Math.Clamp(pixel.X, 0, Last), y = Math.Clamp(pixel.Y, 0, Last);
        int left = (int)x, top = (int)y, at = (top * FaceView.Side) + left;
        float right = x - left, below = y - top;
        float a = grey[at], b = grey[at + 1], c = grey[at + FaceView.Side], d = grey[at + FaceView.Side + 1];
        slope =
            new Vector2(((b - a) * (1 - below)) + ((d - c) * below), ((c - a) * (1 - right)) + ((d - b) * right)) * FaceView.PixelsPerUnit;
        return (((a * (1 - right)) + (b * right)) * (1 - below)) + (((c * (1 - right)) + (d * right)) * below);
    }

    /// <summary>Smoothed, so that grain weighs little and slopes reach a few pixels: one to the sides, two to the middle, twice each
    /// way.</summary>
    private static float[] Blurred(FaceView view)
    {
        const int Side = FaceView.Side;
        float[] from = new float[Side * Side], to = new float[Side * Side];
        for (var i = 0; i < from.Length; i++) from[i] = view.Grey[i];
        for (var pass = 0; pass < 4; pass++)
        {
            var step = pass % 2 == 0 ? 1 : Side;
            for (var i = 0; i < from.Length; i++)
            {
                var place = step == 1 ? i % Side : i / Side;
                to[i] = (0.25f * from[place == 0 ? i : i - step]) + (0.5f * from[i]) + (0.25f * from[place == Side - 1 ? i : i + step]);
            }
            (from, to) = (to, from);
        }
        return from;
    }
}
