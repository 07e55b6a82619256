using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;

namespace FaceAttendance.TestKit;

/// <summary>How a drawn person looks. Lengths are in half face heights, y down from the middle of the face.</summary>
public sealed record DrawnPerson(
    (double R, double G, double B) Skin,
    (double R, double G, double B) Hair,
    double FaceWidth,
    double EyeOffset,
    double EyeHeight,
    double EyeSize,
    double MouthWidth,
    double MouthHeight,
    double NoseLength,
    double BrowHeight,
    double Hairline,
    bool Bearded,
    bool Bespectacled)
{
    /// <summary>Three people whom the project's own weights and the standard ones tell apart.</summary>
    public static readonly DrawnPerson Ayu =
        new((225, 180, 160), (60, 40, 25), .74, .36, -.06, .13, .30, .50, .26, .17, -.62, false, false);

    public static readonly DrawnPerson Citra =
        new((240, 205, 190), (200, 170, 90), .66, .31, -.12, .16, .24, .55, .34, .22, -.42, false, true);

    public static readonly DrawnPerson Dewa =
        new((180, 130, 95), (150, 150, 150), .78, .40, .02, .10, .36, .58, .30, .12, -.90, true, true);
}

/// <summary>Where a face stands in a picture, in pixels.</summary>
/// <param name="Half">Half the height of the face from chin to crown.</param>
public sealed record DrawnFace(DrawnPerson Person, double X, double Y, double Half);

/// <summary>
/// Drawn pictures in place of photographs, so that every capability can be exercised where no photographs may be had. The detectors find
/// these faces and the embedders tell these people apart; how well they do on real ones is for other tests.
/// </summary>
public static class DrawnFaces
{
    private static readonly ConcurrentDictionary<string, byte[]> Made = new();

    /// <summary>One person in the middle of a picture of 320×320, as PNG.</summary>
    /// <param name="variant">Another moment: the face stands and looms a little differently. 0 to 5.</param>
    public static byte[] Portrait(DrawnPerson person, int variant = 0) =>
        Picture(320, 320, variant, new DrawnFace(person, 160 - (5 * variant), 150 + (3 * variant), 80 - (4 * variant)));

    /// <param name="seed">Of the sensor noise that is laid over the picture.</param>
    public static byte[] Picture(int width, int height, int seed, params DrawnFace[] faces) => Made.GetOrAdd(
        $"{width}x{height} {seed} {string.Join<DrawnFace>(' ', faces)}", _ => EncodePng(width, height, Draw(width, height, seed, faces)));

    /// <summary>A picture of nobody.</summary>
    public static byte[] Empty(int width = 320, int height = 240) => Picture(width, height, seed: 1);

    /// <summary>An RGB picture as PNG.</summary>
    /// <param name="rgb">Rows from the top, three bytes for each pixel.</param>
    public static byte[] EncodePng(int width, int height, ReadOnlySpan<byte> rgb)
    {
        using var pixels = new MemoryStream();
        using (var packed = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                packed.WriteByte(0); // Filter type "none".
                packed.Write(rgb.Slice(y * width * 3, width * 3));
            }
        }
        return [.. PngHead(width, height), .. Chunk("IDAT"u8, pixels.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>What a PNG of that size begins with, whether or not pixels follow.</summary>
    public static byte[] PngHead(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2); // 8 bits, RGB.
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR"u8, header)];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc32(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    // PNG specification, annex D, bit by bit: pictures of tests are small.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }

    private static byte[] Draw(int width, int height, int seed, DrawnFace[] faces)
    {
        var noise = new Random(seed);
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var wall = 120 + (60.0 * y / height) - (30 * Math.Sin(x / 37.0));
                var pixel = new Pixel(wall * .9, wall * .95, wall);
                foreach (var face in faces) PaintPerson(ref pixel, face.Person, (x - face.X) / face.Half, (y - face.Y) / face.Half);
                var grain = (noise.NextDouble() - .5) * 6;
                var at = ((y * width) + x) * 3;
                rgb[at] = ToByte(pixel.R + grain);
                rgb[at + 1] = ToByte(pixel.G + grain);
                rgb[at + 2] = ToByte(pixel.B + grain);
            }
        }
        return rgb;
    }

    private static byte ToByte(double value) => (byte)Math.Clamp(value, 0, 255);

    /// <param name="x">From the middle of the face, in half face heights.</param>
    private static void PaintPerson(ref Pixel pixel, DrawnPerson p, double x, double y)
    {
        if (Math.Abs(x) > 1.7 || y is < -1.6 or > 1.8) return;
        var (skin, hair) = (p.Skin, p.Hair);
        var head = Inside(Ellipse(x, y, p.FaceWidth, 1), .02);
        pixel.Mix((60, 70, 110), Inside(Ellipse(x, y - 2.1, 1.5, 1), .03)); // shoulders
        pixel.Mix(Times(skin, .8), Inside(Math.Max(Math.Abs(x) - .38, Math.Abs(y - 1) - .45), .04)); // neck
        var scalp = Inside(Ellipse(x, y + .25, p.FaceWidth + .16, 1), .03);
        pixel.Mix(hair, scalp);
        pixel.Mix(Times(skin, 1 - (.28 * x * x / (p.FaceWidth * p.FaceWidth)) - (.1 * y) + (.06 * x)), head);
        if (p.Bearded) pixel.Mix(hair, .85 * Inside(.72 - y, .06) * head);
        pixel.Mix(hair, Inside(y - p.Hairline + (.25 * x * x), .03) * scalp);

        PaintEye(ref pixel, p, x - p.EyeOffset, y - p.EyeHeight);
        PaintEye(ref pixel, p, x + p.EyeOffset, y - p.EyeHeight);
        if (p.Bespectacled)
        {
            pixel.Mix((25, 25, 30), .9 * Inside(Math.Max(Math.Abs(y - p.EyeHeight + .03) - .02, Math.Abs(x) - p.EyeOffset + .25), .02));
        }

        var nose = y - p.EyeHeight - p.NoseLength;
        pixel.Mix(Times(skin, .6), .8 * Inside(Ellipse(x - .085, nose - .06, .05, .03), .3)); // nostrils
        pixel.Mix(Times(skin, .6), .8 * Inside(Ellipse(x + .085, nose - .06, .05, .03), .3));
        // its shaded side
        pixel.Mix(Times(skin, .82), .6 * Inside(Ellipse(x - .07, nose + (.5 * p.NoseLength), .04, .6 * p.NoseLength), .4));
        pixel.Mix(Times(skin, 1.1), .6 * Inside(Ellipse(x, nose + (.45 * p.NoseLength), .04, .6 * p.NoseLength), .4)); // its bridge
        pixel.Mix(Times(skin, .7), .5 * Inside(Ellipse(x, nose - .1, .17, .05), .4));
        pixel.Mix((170, 80, 80), Inside(Ellipse(x, y - p.MouthHeight, p.MouthWidth, .085), .12));
        pixel.Mix((90, 30, 30), Inside(Ellipse(x, y - p.MouthHeight, .95 * p.MouthWidth, .016), .5));
    }

    private static void PaintEye(ref Pixel pixel, DrawnPerson p, double x, double y)
    {
        pixel.Mix(Times(p.Skin, .72), .7 * Inside(Ellipse(x, y, .24, .16), .25)); // socket
        pixel.Mix((238, 235, 230), Inside(Ellipse(x, y, 1.25 * p.EyeSize, .62 * p.EyeSize), .08));
        pixel.Mix((70, 45, 30),
            Inside(Ellipse(x, y, .6 * p.EyeSize, .6 * p.EyeSize), .08) * Inside(Ellipse(x, y, 1.3 * p.EyeSize, .66 * p.EyeSize), .08));
        pixel.Mix((10, 10, 10), Inside(Ellipse(x, y, .3 * p.EyeSize, .3 * p.EyeSize), .1));
        pixel.Mix(p.Hair, .9 * Inside(Ellipse(x, y + p.BrowHeight + (.25 * x * x), .2, .035), .3));
        if (p.Bespectacled) pixel.Mix((25, 25, 30), .95 * Inside(Math.Abs(Ellipse(x, y, .25, .2)) - .1, .05));
    }

    /// <summary>Negative inside the ellipse, 0 on its edge.</summary>
    private static double Ellipse(double x, double y, double a, double b) => Math.Sqrt((x / a * (x / a)) + (y / b * (y / b))) - 1;

    /// <summary>1 inside, 0 outside, and a soft edge between, for no lens draws a hard one.</summary>
    private static double Inside(double distance, double softness) => 1 / (1 + Math.Exp(Math.Clamp(distance / softness, -50, 50)));

    private static (double, double, double) Times((double R, double G, double B) colour, double factor) =>
        (colour.R * factor, colour.G * factor, colour.B * factor);

    private record struct Pixel(double R, double G, double B)
    {
        public void Mix((double R, double G, double B) colour, double share)
        {
            R += (colour.R - R) * share;
            G += (colour.G - G) * share;
            B += (colour.B - B) * share;
        }
    }
}
