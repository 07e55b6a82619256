namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>Someone else's pixels: uint8[H, W, 3], packed, RGB, upright. Valid as long as their owner.</summary>
internal readonly ref struct RgbView(ReadOnlySpan<byte> pixels, int width, int height)
{
    public ReadOnlySpan<byte> Pixels { get; } = pixels;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Width * 3, Width * 3);
}
