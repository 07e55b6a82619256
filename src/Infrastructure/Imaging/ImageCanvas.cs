using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging.Native;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>An opaque sRGB colour.</summary>
public readonly record struct CanvasColor(byte R, byte G, byte B)
{
    public static CanvasColor Black => new(0, 0, 0);

    public static CanvasColor White => new(255, 255, 255);

    /// <summary>For faces that were recognised.</summary>
    public static CanvasColor Green => new(0, 168, 84);

    /// <summary>For faces that were not.</summary>
    public static CanvasColor Red => new(214, 48, 49);
}

/// <summary>
/// A picture to draw on: opens an image upright, marks faces on it, saves it. Managed memory, nothing to dispose; for one thread at a time.
/// </summary>
public sealed class ImageCanvas
{
    private const int Bands = 3;

    // High enough that a marked copy looks like the photo; libjpeg's scale of 1 to 100.
    private const int DefaultQuality = 90;

    private readonly byte[] _rgb;

    private ImageCanvas(byte[] rgb, int width, int height) => (_rgb, Width, Height) = (rgb, width, height);

    public int Width { get; }

    public int Height { get; }

    /// <summary>uint8[Height, Width, 3], packed, R G B.</summary>
    public ReadOnlySpan<byte> Rgb => _rgb;

    /// <summary>The file extensions that can be written, with their dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>A JPEG, PNG, WebP, AVIF or HEIC picture at full size.</summary>
    /// <returns>Errors: <see cref="RecognitionErrors.InvalidImage"/>, <see cref="RecognitionErrors.ImageTooLarge"/>.</returns>
    public static Result<ImageCanvas> Open(ReadOnlyMemory<byte> encoded)
    {
        var header = ImageDecoder.ReadHeader(encoded);
        if (header.Error is { } refused) return refused;
        if ((long)header.Value.Width * header.Value.Height > ImageDecoder.MostPixels)
            return RecognitionErrors.ImageTooLarge(
                $"A picture to draw on may have {ImageDecoder.MostPixels / 1_000_000} megapixels; shrink it first.");
        var decoded = ImageDecoder.Decode(encoded, header.Value, wantedLongSide: 0);
        if (decoded.Error is { } damaged) return damaged;

        using var image = decoded.Value;
        return new ImageCanvas(image.Rgb.ToArray(), image.Width, image.Height);
    }

    /// <param name="rgb">uint8[height, width, 3], packed, R G B; copied.</param>
    /// <exception cref="ArgumentException">The span has another length, or a side is not positive.</exception>
    public static ImageCanvas FromRgb(int width, int height, ReadOnlySpan<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (rgb.Length != (long)width * height * Bands)
        {
            throw new ArgumentException(
                $"{width}×{height} pixels need {(long)width * height * Bands} bytes, not {rgb.Length}.", nameof(rgb));
        }
        return new(rgb.ToArray(), width, height);
    }

    /// <summary>One colour everywhere.</summary>
    public static ImageCanvas Blank(int width, int height, CanvasColor color)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var canvas = new ImageCanvas(new byte[checked(width * height * Bands)], width, height);
        canvas.FillRectangle(new(0, width, height, 0), color);
        return canvas;
    }

    /// <summary>Fills what lies inside the picture.</summary>
    public void FillRectangle(PixelBox box, CanvasColor color)
    {
        int left = Math.Clamp(box.Left, 0, Width), right = Math.Clamp(box.Right, left, Width);
        int top = Math.Clamp(box.Top, 0, Height), bottom = Math.Clamp(box.Bottom, top, Height);
        for (var y = top; y < bottom; y++)
        {
            var row = _rgb.AsSpan(((y * Width) + left) * Bands, (right - left) * Bands);
            for (var x = 0; x < row.Length; x += Bands) (row[x], row[x + 1], row[x + 2]) = (color.R, color.G, color.B);
        }
    }

    /// <summary>A frame whose outer edge is the box.</summary>
    /// <param name="lineWidth">Pixels, growing inwards.</param>
    public void DrawRectangle(PixelBox box, CanvasColor color, int lineWidth = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lineWidth);
        FillRectangle(box with { Bottom = Math.Min(box.Top + lineWidth, box.Bottom) }, color);
        FillRectangle(box with { Top = Math.Max(box.Bottom - lineWidth, box.Top) }, color);
        FillRectangle(box with { Right = Math.Min(box.Left + lineWidth, box.Right) }, color);
        FillRectangle(box with { Left = Math.Max(box.Right - lineWidth, box.Left) }, color);
    }

    /// <summary>Text of one line, clipped to the picture.</summary>
    /// <param name="left">Left edge of the first letter.</param>
    /// <param name="top">Upper edge of the capitals.</param>
    /// <param name="scale">Pixels per dot of the letters, which are 5 dots wide and 9 high.</param>
    public void DrawText(string text, int left, int top, CanvasColor color, int scale = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        foreach (var rune in text.EnumerateRunes())
        {
            var glyph = LabelFont.Glyph(rune);
            for (var row = 0; row < LabelFont.Height; row++)
            {
                for (var column = 0; column < LabelFont.Width; column++)
                {
                    if (!glyph.IsSet(row, column)) continue;
                    int x = left + (column * scale), y = top + (row * scale);
                    FillRectangle(new(y, x + scale, y + scale, x), color);
                }
            }
            left += LabelFont.Advance * scale;
        }
    }

    /// <summary>
    /// Marks a face: a frame, and its text on a bar of the same colour above it, or inside it where there is no room above. Line and
    /// letters grow with the picture.
    /// </summary>
    public void DrawFace(PixelBox box, string text, CanvasColor color)
    {
        // Letters of some 1/40 of the picture's height stay readable when the picture is shown on a screen.
        var scale = Math.Max(1, (int)Math.Round(Math.Min(Width, Height) / 40.0 / LabelFont.Height));
        var lineWidth = scale + 1;
        DrawRectangle(box, color, lineWidth);

        var margin = 2 * scale;
        var barHeight = (LabelFont.Height * scale) + (2 * margin);
        var barWidth = (LabelFont.WidthOf(text) * scale) + (2 * margin);
        var top = box.Top >= barHeight ? box.Top - barHeight : box.Top;
        var left = Math.Clamp(box.Left, 0, Math.Max(0, Width - barWidth));
        FillRectangle(new(top, left + barWidth, top + barHeight, left), color);
        DrawText(text, left + margin, top + margin, CanvasColor.White, scale);
    }

    /// <param name="extension">One of <see cref="Extensions"/>, in any case.</param>
    /// <param name="quality">1 to 100, for JPEG and WebP.</param>
    /// <exception cref="ArgumentException">Another extension.</exception>
    public unsafe byte[] Encode(string extension, int quality = DefaultQuality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var known = Extensions.FirstOrDefault(e => e.Equals(extension, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"'{extension}' is not one of {string.Join(", ", Extensions)}.", nameof(extension));

        VipsRuntime.Start();
        fixed (byte* pixels = _rgb)
        {
            using var image = VipsImage.OverMemory((nint)pixels, (nuint)_rgb.Length, Width, Height, Bands);
            return image.Encode(known == ".png" ? known : $"{known}[Q={quality}]");
        }
    }

    /// <summary>Writes a file in the format of its extension; an existing one is replaced.</summary>
    /// <exception cref="ArgumentException">The extension is not one of <see cref="Extensions"/>.</exception>
    public void Save(string path, int quality = DefaultQuality) => File.WriteAllBytes(path, Encode(Path.GetExtension(path), quality));

    public override string ToString() => $"ImageCanvas({Width}×{Height})";
}
