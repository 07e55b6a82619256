using System.Numerics;

namespace FaceAttendance.Domain.Recognition;

/// <summary>A face's rectangle in pixels of the upright image, x to the right and y down, edges as real numbers.</summary>
public readonly record struct FaceBox(float Left, float Top, float Right, float Bottom)
{
    public float Width => Right - Left;

    public float Height => Bottom - Top;

    public float Area => Math.Max(0, Width) * Math.Max(0, Height);

    /// <returns>Intersection over union in [0, 1]; 0 for empty boxes.</returns>
    public float IntersectionOverUnion(in FaceBox other)
    {
        var common = SharedArea(other);
        return common <= 0 ? 0 : common / (Area + other.Area - common);
    }

    /// <returns>Area of the intersection in square pixels; 0 when there is none.</returns>
    public float SharedArea(in FaceBox other)
    {
        var width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        var height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        return width <= 0 || height <= 0 ? 0 : width * height;
    }

    /// <summary>The same rectangle in whole pixels, clipped to an image of that size.</summary>
    public PixelBox ToPixels(int imageWidth, int imageHeight) => new(
        Top: ClipToPixel(Top, imageHeight), Right: ClipToPixel(Right, imageWidth),
        Bottom: ClipToPixel(Bottom, imageHeight), Left: ClipToPixel(Left, imageWidth));

    /// <summary>The smallest rectangle in whole pixels that holds it, clipped to an image of that size.</summary>
    public PixelBox ToPixelsAround(int imageWidth, int imageHeight)
    {
        int left = (int)Math.Clamp(MathF.Floor(Left), 0, imageWidth), top = (int)Math.Clamp(MathF.Floor(Top), 0, imageHeight);
        return new(
            Top: top, Right: (int)Math.Clamp(MathF.Ceiling(Right), left, imageWidth),
            Bottom: (int)Math.Clamp(MathF.Ceiling(Bottom), top, imageHeight), Left: left);
    }

    /// <summary>Where the middle is.</summary>
    public Vector2 Center => new((Left + Right) / 2, (Top + Bottom) / 2);

    /// <summary>The same rectangle in an image whose sides are <paramref name="factor"/> times as long.</summary>
    public FaceBox Scale(float factor) => new(Left * factor, Top * factor, Right * factor, Bottom * factor);

    /// <summary>The same rectangle elsewhere.</summary>
    public FaceBox Move(Vector2 by) => new(Left + by.X, Top + by.Y, Right + by.X, Bottom + by.Y);

    private static int ClipToPixel(float value, int length) => (int)Math.Clamp(MathF.Round(value), 0, length);
}

/// <summary>A rectangle in whole pixels, in the order the contract's clients read it: top, right, bottom, left.</summary>
public readonly record struct PixelBox(int Top, int Right, int Bottom, int Left);

/// <summary>The five points of a face, in pixels of the upright image. Left and right are the image's, not the person's.</summary>
public readonly record struct FacePoints(Vector2 LeftEye, Vector2 RightEye, Vector2 Nose, Vector2 LeftMouth, Vector2 RightMouth)
{
    /// <summary>Distance of the pupils in pixels, the usual measure of how much face there is.</summary>
    public float EyeDistance => Vector2.Distance(LeftEye, RightEye);

    /// <summary>
    /// How far the nose stands off the middle of the eyes along their line, in eye distances: 0 frontal, about ±0.3 at a moderate
    /// turn, beyond ±0.7 near profile; positive when the nose points to the image's right.
    /// </summary>
    public float NoseOffset
    {
        get
        {
            var eyes = RightEye - LeftEye;
            var squared = eyes.LengthSquared();
            return squared < 1e-6f ? float.PositiveInfinity : Vector2.Dot(Nose - ((LeftEye + RightEye) / 2), eyes) / squared;
        }
    }

    public FacePoints Scale(float factor) =>
        new(LeftEye * factor, RightEye * factor, Nose * factor, LeftMouth * factor, RightMouth * factor);

    public FacePoints Move(Vector2 by) => new(LeftEye + by, RightEye + by, Nose + by, LeftMouth + by, RightMouth + by);
}

/// <summary>One face as the detector saw it.</summary>
/// <param name="Confidence">The detector's own score in [0, 1].</param>
public readonly record struct DetectedFace(FaceBox Box, FacePoints Points, float Confidence)
{
    public DetectedFace Scale(float factor) => new(Box.Scale(factor), Points.Scale(factor), Confidence);

    public DetectedFace Move(Vector2 by) => new(Box.Move(by), Points.Move(by), Confidence);
}
