using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Benchmarks;

/// <summary>A person who walks through a scene, shown by a picture in which the face stands in the middle.</summary>
/// <param name="Name">Under which they are enrolled, by another picture.</param>
/// <param name="Place">Where the middle of the face is, how wide the face is and how it leans (radians), at a moment of the scene; null
/// while they are away.</param>
internal sealed record Walker(string Name, ImageCanvas Picture, Func<TimeSpan, (Vector2 At, float Width, float Lean)?> Place);

/// <summary>Where a face is in a frame.</summary>
/// <param name="IsWhole">Within the frame, and nobody stands before it.</param>
internal readonly record struct ShownFace(string Name, Vector2 At, float Width, bool IsWhole)
{
    /// <summary>As detectors draw it.</summary>
    public FaceBox Box => new(At.X - (Width * 0.5f), At.Y - (Width * 0.65f), At.X + (Width * 0.5f), At.Y + (Width * 0.65f));
}

/// <param name="Jpegs">640×480, a tenth of a second apart.</param>
/// <param name="Shown">Frame by frame.</param>
internal sealed record CameraScene(string Name, IReadOnlyList<byte[]> Jpegs, IReadOnlyList<IReadOnlyList<ShownFace>> Shown);

/// <summary>
/// What a camera in a school's entrance sees, composed: people of the pictures with drawn bodies before a drawn room, with a sensor's
/// noise, as JPEG of an ordinary camera's quality.
/// </summary>
internal sealed class CameraScenes
{
    public const int Width = 640, Height = 480, FramesPerSecond = 10, Seconds = 30;

    private const int Seed = 20_260_102, Quality = 85;

    // Grey levels: a small sensor indoors.
    private const float Noise = 2;

    // In the pictures (250×250) the face is so wide.
    private const float FaceInPicture = 95;

    private readonly byte[] _room = DrawRoom();
    private readonly float[] _noise = DrawNoise();

    /// <param name="light">What the light does to every pixel: a factor.</param>
    /// <param name="thing">A thing without a face: its middle and radius; null while it is away.</param>
    public CameraScene Make(
        string name, IReadOnlyList<Walker> walkers, Func<TimeSpan, float>? light = null,
        Func<TimeSpan, (Vector2 At, float Radius)?>? thing = null)
    {
        const int Frames = FramesPerSecond * Seconds;
        var (jpegs, shown) = (new byte[Frames][], new IReadOnlyList<ShownFace>[Frames]);
        Parallel.For(0, Frames, i =>
        {
            var at = TimeSpan.FromSeconds(i / (double)FramesPerSecond);
            var canvas = Array.ConvertAll(_room, v => (float)v);
            if (thing?.Invoke(at) is { } ball) DrawThing(canvas, ball.At, ball.Radius);
            var faces = new List<ShownFace>();
            foreach (var walker in walkers)
            {
                if (walker.Place(at) is not { } place) continue;
                DrawPerson(canvas, walker.Picture, place.At, place.Width, place.Lean);
                // The later ones stand before the earlier ones.
                for (var f = 0; f < faces.Count; f++)
                {
                    if (Vector2.Distance(faces[f].At, place.At) < (faces[f].Width + place.Width) * 0.9f)
                        faces[f] = faces[f] with { IsWhole = false };
                }
                faces.Add(new(walker.Name, place.At, place.Width, IsInside(place.At, place.Width)));
            }
            shown[i] = faces;
            jpegs[i] = Develop(canvas, light?.Invoke(at) ?? 1, new Random(HashCode.Combine(Seed, i)).Next(_noise.Length));
        });
        return new(name, jpegs, shown);
    }

    private static bool IsInside(Vector2 at, float width) =>
        at.X >= width * 0.6f && at.X <= Width - (width * 0.6f) && at.Y >= width * 0.8f && at.Y <= Height - (width * 0.8f);

    private byte[] Develop(float[] canvas, float light, int from)
    {
        var rgb = new byte[canvas.Length];
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)Math.Clamp(MathF.Round((canvas[i] * light) + _noise[from]), 0, 255);
            if (++from == _noise.Length) from = 0;
        }
        return ImageCanvas.FromRgb(Width, Height, rgb).Encode(".jpg", Quality);
    }

    private static void DrawPerson(float[] canvas, ImageCanvas picture, Vector2 at, float width, float lean)
    {
        var scale = FaceInPicture / width;
        var (sin, cos) = MathF.SinCos(lean);
        float reach = width * 1.3f, down = width * 4;
        int top = (int)Math.Clamp(at.Y - reach, 0, Height), bottom = (int)Math.Clamp(at.Y + down, 0, Height);
        int left = (int)Math.Clamp(at.X - reach, 0, Width), right = (int)Math.Clamp(at.X + reach, 0, Width);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                float dx = x - at.X, dy = y - at.Y;
                var to = ((y * Width) + x) * 3;
                // Shoulders and a striped shirt below the face.
                var shoulder = dy > width * 0.75f ? width * Math.Min(1.2f, 0.45f + ((dy / width) - 0.75f)) : 0;
                if (MathF.Abs(dx) < shoulder)
                {
                    var stripe = (int)((dy / width * 6) + 100) % 2 == 0 ? 30 : 0;
                    (canvas[to], canvas[to + 1], canvas[to + 2]) = (60 + stripe, 70 + stripe, 110 + stripe);
                }
                // The head out of the picture, with an edge that fades.
                var (u, v) = ((dx * cos) + (dy * sin), (dy * cos) - (dx * sin));
                var away = MathF.Sqrt((u / (width * 0.72f) * (u / (width * 0.72f))) + (v / (width * 1.02f) * (v / (width * 1.02f))));
                var weight = Math.Clamp((1 - away) * 8, 0, 1);
                if (weight <= 0) continue;
                float px = 125 + (u * scale), py = 125 + (v * scale);
                if (px < 0 || py < 0 || px >= picture.Width - 1 || py >= picture.Height - 1) continue;
                var (ix, iy) = ((int)px, (int)py);
                var (fx, fy) = (px - ix, py - iy);
                for (var c = 0; c < 3; c++)
                {
                    var from = (((iy * picture.Width) + ix) * 3) + c;
                    var below = from + (picture.Width * 3);
                    var upper = picture.Rgb[from] + ((picture.Rgb[from + 3] - picture.Rgb[from]) * fx);
                    var lower = picture.Rgb[below] + ((picture.Rgb[below + 3] - picture.Rgb[below]) * fx);
                    canvas[to + c] += (upper + ((lower - upper) * fy) - canvas[to + c]) * weight;
                }
            }
        }
    }

    private static void DrawThing(float[] canvas, Vector2 at, float radius)
    {
        for (var y = (int)Math.Clamp(at.Y - radius, 0, Height); y < (int)Math.Clamp(at.Y + radius, 0, Height); y++)
        {
            for (var x = (int)Math.Clamp(at.X - radius, 0, Width); x < (int)Math.Clamp(at.X + radius, 0, Width); x++)
            {
                if (Vector2.Distance(new(x, y), at) > radius) continue;
                var to = ((y * Width) + x) * 3;
                (canvas[to], canvas[to + 1], canvas[to + 2]) = (170, 90, 60);
            }
        }
    }

    /// <summary>A wall with posters and a shelf, light from one side: as much detail as a JPEG of 50 KB has.</summary>
    private static byte[] DrawRoom()
    {
        var random = new Random(Seed);
        var rgb = new float[Width * Height * 3];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var wall = 150 + (x * 0.06f) - (y * 0.05f) + (3 * MathF.Sin(x * 0.7f) * MathF.Cos(y * 0.9f));
                var to = ((y * Width) + x) * 3;
                (rgb[to], rgb[to + 1], rgb[to + 2]) = (wall, wall - 6, wall - 18);
            }
        }
        for (var i = 0; i < 60; i++)
        {
            int left = random.Next(Width), top = random.Next(Height), width = random.Next(10, 90), height = random.Next(10, 70);
            var (r, g, b) = (random.Next(40, 210), random.Next(40, 210), random.Next(40, 210));
            var period = random.Next(3, 12);
            for (var y = top; y < Math.Min(Height, top + height); y++)
            {
                for (var x = left; x < Math.Min(Width, left + width); x++)
                {
                    var to = ((y * Width) + x) * 3;
                    var line = (y - top) % period == 0 ? -25 : 0;
                    (rgb[to], rgb[to + 1], rgb[to + 2]) = (r + line, g + line, b + line);
                }
            }
        }
        return Array.ConvertAll(rgb, v => (byte)Math.Clamp(v, 0, 255));
    }

    private static float[] DrawNoise()
    {
        var random = new Random(Seed);
        var noise = new float[1_000_003];
        for (var i = 0; i < noise.Length; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            noise[i] = Noise * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return noise;
    }
}
