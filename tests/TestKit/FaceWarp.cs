using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.TestKit;

/// <summary>
/// Makes the face of a picture act by moving its pixels: what a puppeteer with one photograph can do, and what stands in for actions that
/// no clip shows. Amounts are in eye distances; zero changes nothing.
/// </summary>
/// <param name="Closer">0 at arm's length, 1 near; see <see cref="FaceWarp.Approach"/>.</param>
public sealed record FaceAct(float EyesShut = 0, float MouthOpen = 0, float Turn = 0, float Nod = 0, float Closer = 0)
{
    public static readonly FaceAct Neutral = new();
}

/// <summary>How deep what a picture shows is.</summary>
/// <param name="DepthAt">Behind the outer eye corners, in centimetres, at a place in centimetres from the middle between the eyes.</param>
public sealed record FaceShape(Func<Vector2, float> DepthAt)
{
    private const float OuterCorner = 4.5f;

    public static FaceShape Flat { get; } = new(_ => 0);

    /// <summary>An ellipsoid as large as a head, with a nose; somewhat shallower than the mean head of a 3-D face mesh, which has its ears
    /// 5.4 cm behind the eyes and not 4.</summary>
    public static FaceShape Head { get; } =
        new(at => EllipsoidAt(at) - EllipsoidAt(new(OuterCorner, 0)) - (2.2f * MathF.Exp(-Vector2.DistanceSquared(at, new(0, 4)) / 3.4f)));

    /// <summary>A sheet that is bent around an upright cylinder.</summary>
    /// <param name="radius">In centimetres.</param>
    public static FaceShape Cylinder(float radius)
    {
        float Sagitta(float x) => radius - MathF.Sqrt(MathF.Max(0, (radius * radius) - (x * x)));
        return new(at => Sagitta(at.X) - Sagitta(OuterCorner));
    }

    private static float EllipsoidAt(Vector2 at) =>
        -9.5f * MathF.Sqrt(MathF.Max(0, 1 - ((at - new Vector2(0, 3.5f)) / new Vector2(7.6f, 12)).LengthSquared()));
}

public static class FaceWarp
{
    /// <param name="points">Of the face, in pixels of the picture.</param>
    /// <param name="act">EyesShut and MouthOpen from 0 to 1; Turn positive towards the image's right, Nod positive down, from −1 to
    /// 1.</param>
    public static ImageCanvas Apply(ImageCanvas picture, in FacePoints points, FaceAct act)
    {
        var eyes = points.EyeDistance;
        var mouth = (points.LeftMouth + points.RightMouth) / 2;
        var mouthWidth = Vector2.Distance(points.LeftMouth, points.RightMouth);
        var middle = (points.LeftEye + points.RightEye + points.Nose + points.LeftMouth + points.RightMouth) / 5;
        var rgb = new byte[picture.Width * picture.Height * 3];
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                var at = new Vector2(x, y);
                // A turn or a nod: the face's middle moves against its rim, most at the nose.
                var from = at;
                if (act.Turn != 0 || act.Nod != 0)
                {
                    var near = MathF.Exp(-Vector2.DistanceSquared(at, middle) / (2 * eyes * eyes * 0.55f));
                    from -= new Vector2(act.Turn, act.Nod) * (near * 0.35f * eyes);
                }
                var dark = 0f;
                if (act.MouthOpen > 0) (from, dark) = OpenMouth(from, mouth, mouthWidth, act.MouthOpen);
                if (act.EyesShut > 0)
                {
                    from = ShutEye(from, points.LeftEye, eyes, act.EyesShut);
                    from = ShutEye(from, points.RightEye, eyes, act.EyesShut);
                }
                for (var c = 0; c < 3; c++)
                    rgb[(((y * picture.Width) + x) * 3) + c] = (byte)((Sample(picture, from, c) * (1 - dark)) + (30 * dark));
            }
        }
        return ImageCanvas.FromRgb(picture.Width, picture.Height, rgb);
    }

    /// <summary>Adds grains, as any camera does: the same picture taken twice is never the same.</summary>
    public static ImageCanvas Grain(ImageCanvas picture, int seed, int amount)
    {
        var random = new Random(seed);
        var rgb = picture.Rgb.ToArray();
        for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)Math.Clamp(rgb[i] + random.Next(-amount, amount + 1), 0, 255);
        return ImageCanvas.FromRgb(picture.Width, picture.Height, rgb);
    }

    /// <summary>The picture seen by a camera that moved: shifted, black where it saw nothing.</summary>
    public static ImageCanvas Shift(ImageCanvas picture, float dx, float dy) => Map(picture, at => at - new Vector2(dx, dy));

    /// <summary>The picture as a mirror shows it.</summary>
    public static ImageCanvas Mirror(ImageCanvas picture) => Map(picture, at => at with { X = picture.Width - 1 - at.X });

    /// <summary>The picture as a camera sees it that looks at more of the room: its rim goes on.</summary>
    public static ImageCanvas Widen(ImageCanvas picture, float times)
    {
        int width = (int)(times * picture.Width), height = (int)(times * picture.Height);
        var corner = new Vector2(width - picture.Width, height - picture.Height) / 2;
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            var at = new Vector2(i / 3 % width, i / 3 / width) - corner;
            rgb[i] = (byte)Sample(picture, Vector2.Clamp(at, Vector2.Zero, new(picture.Width - 1, picture.Height - 1)), i % 3);
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    /// <summary>What was taken from <see cref="Afar"/> as a camera sees it from nearer: what lies behind the eyes grows less than they
    /// do.</summary>
    /// <param name="centimetres">From the camera to the eyes.</param>
    public static ImageCanvas Approach(ImageCanvas picture, in FacePoints points, float centimetres, FaceShape shape)
    {
        var pixels = points.EyeDistance / PupilDistance;
        Vector2 eyes = (points.LeftEye + points.RightEye) / 2, middle = eyes + new Vector2(0, 3 * pixels), last =
            new(picture.Width - 1, picture.Height - 1);
        return Map(picture, at =>
        {
            // Where the surface that is seen here was seen from afar: its depth is known only there, so that it is found step by step.
            var from = middle + ((at - middle) * (centimetres / Afar));
            for (var step = 0; step < 6; step++)
            {
                var depth = shape.DepthAt((from - eyes) / pixels);
                from = middle + ((at - middle) * ((centimetres + depth) / (Afar + depth)));
            }
            return Vector2.Clamp(from, Vector2.Zero, last);
        });
    }

    /// <summary>Arm's length, in centimetres.</summary>
    public const float Afar = 55;

    // In centimetres, of adults.
    private const float PupilDistance = 6.3f;

    /// <summary>A part of the picture, so many times as large: the face in its middle, and what lies beyond the picture as at its
    /// rim.</summary>
    public static ImageCanvas Zoom(ImageCanvas picture, in FaceBox face, float times)
    {
        var place = new Vector2(face.Left + face.Right, face.Top + face.Bottom) / 2;
        Vector2 middle = new(picture.Width / 2f, picture.Height / 2f), last = new(picture.Width - 1, picture.Height - 1);
        return Map(picture, at => Vector2.Clamp(place + ((at - middle) / times), Vector2.Zero, last));
    }

    /// <summary>The head as it is, and around it a wall a quarter as light, in a frame whose sides are 1.8 times as long.</summary>
    public static ImageCanvas BeforeADarkWall(ImageCanvas picture, in FaceBox box)
    {
        int width = (int)(1.8f * picture.Width), height = (int)(1.8f * picture.Height);
        var corner = new Vector2(width - picture.Width, height - picture.Height) / 2;
        // Hair and chin reach somewhat beyond the box.
        Vector2 middle = new((box.Left + box.Right) / 2, (box.Top + box.Bottom) / 2), radius = new(0.7f * box.Width, 0.6f * box.Height);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            var at = new Vector2(i / 3 % width, i / 3 / width) - corner;
            var seen = Sample(picture, Vector2.Clamp(at, Vector2.Zero, new(picture.Width - 1, picture.Height - 1)), i % 3);
            rgb[i] = (byte)(((at - middle) / radius).LengthSquared() > 1 ? seen / 4 : seen);
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    /// <summary>Another picture of the same size, each of whose pixels is taken from somewhere in this one; black beyond it.</summary>
    private static ImageCanvas Map(ImageCanvas picture, Func<Vector2, Vector2> from)
    {
        var rgb = new byte[picture.Width * picture.Height * 3];
        for (var i = 0; i < rgb.Length; i += 3)
        {
            var at = from(new(i / 3 % picture.Width, i / 3 / picture.Width));
            for (var c = 0; c < 3; c++) rgb[i + c] = (byte)Sample(picture, at, c);
        }
        return ImageCanvas.FromRgb(picture.Width, picture.Height, rgb);
    }

    /// <summary>The upper lid comes down over the eye: what lies above is stretched, what lies below is squeezed into a line.</summary>
    private static Vector2 ShutEye(Vector2 at, Vector2 eye, float eyes, float amount)
    {
        float width = 0.42f * eyes, above = 0.42f * eyes, opening = 0.13f * eyes;
        var across = Math.Abs(at.X - eye.X) / width;
        if (across >= 1) return at;
        var strength = amount * (1 - (across * across));
        // The lid's edge goes from above the eye to below it.
        float edge = eye.Y - opening, target = edge + (1.9f * opening * strength), top = eye.Y - above, bottom = eye.Y + above;
        if (at.Y <= top || at.Y >= bottom) return at;
        var y = at.Y <= target
            ? top + ((at.Y - top) * (edge - top) / (target - top))
            : edge + ((at.Y - target) * (bottom - edge) / (bottom - target));
        return at with { Y = y };
    }

    /// <summary>The lower lip and the chin go down; between the lips it is dark.</summary>
    private static (Vector2 From, float Dark) OpenMouth(Vector2 at, Vector2 mouth, float width, float amount)
    {
        var across = Math.Abs(at.X - mouth.X) / (0.65f * width);
        if (across >= 1 || at.Y <= mouth.Y) return (at, 0);
        var gap = 0.75f * width * amount * (1 - (across * across));
        var below = at.Y - mouth.Y;
        if (below < gap) return (at with { Y = mouth.Y }, 1);
        var reach = 1.6f * width;
        if (below >= reach) return (at, 0);
        return (at with { Y = mouth.Y + ((below - gap) * reach / (reach - gap)) }, 0);
    }

    private static float Sample(ImageCanvas picture, Vector2 at, int channel)
    {
        if (at.X < 0 || at.Y < 0 || at.X > picture.Width - 1 || at.Y > picture.Height - 1) return 0;
        int left = (int)at.X, top = (int)at.Y, right = Math.Min(left + 1, picture.Width - 1), bottom =
            Math.Min(top + 1, picture.Height - 1);
        float fx = at.X - left, fy = at.Y - top;
        var rgb = picture.Rgb;
        float At(ReadOnlySpan<byte> all, int x, int y) => all[(((y * picture.Width) + x) * 3) + channel];
        return (((At(rgb, left, top) * (1 - fx)) + (At(rgb, right, top) * fx)) * (1 - fy))
            + (((At(rgb, left, bottom) * (1 - fx)) + (At(rgb, right, bottom) * fx)) * fy);
    }
}
