namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>A frame seen small and grey: enough to tell where something changed. It shows nobody's face; cleared all the same when a later
/// one takes its place.</summary>
/// <param name="pixels">uint8[height, width], the mean grey of a square of <see cref="Scale"/> original pixels each; not copied.</param>
public sealed class LumaPicture(int width, int height, byte[] pixels)
{
    /// <summary>Original pixels a pixel: the smallest scale to which a JPEG can be decoded.</summary>
    public const int Scale = 8;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public ReadOnlySpan<byte> Pixels => pixels;

    /// <summary>Takes over what another picture of the same size shows in these places, in pixels of the original.</summary>
    public void TakeOver(LumaPicture other, ReadOnlySpan<FaceBox> places)
    {
        foreach (var place in places)
        {
            var (top, right, bottom, left) = place.Scale(1f / Scale).ToPixelsAround(Width, Height);
            for (var y = top; y < bottom; y++)
                other.Pixels.Slice((y * Width) + left, right - left).CopyTo(pixels.AsSpan((y * Width) + left));
        }
    }

    public void Clear() => pixels.AsSpan().Clear();
}
