using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Warps a face to the 112×112 ArcFace template: bilinear, black outside the picture, straight into the embedder's planes.
/// </summary>
internal static class FaceAligner
{
    private const int Side = SimilarityTransform.TemplateSide;

    /// <summary>Pixels of one aligned face.</summary>
    public const int Pixels = Side * Side;

    /// <param name="toTemplate">From the picture's pixels to the crop's.</param>
    /// <param name="tensor">float32[3, 112, 112], one face of the embedder's input.</param>
    /// <param name="mirror">Writes the crop's mirror image.</param>
    public static void Warp(RgbView image, in SimilarityTransform toTemplate, PixelTensor format, Span<float> tensor, bool mirror)
    {
        var back = toTemplate.Invert();
        var red = tensor.Slice(format.PlaneOf(0) * Pixels, Pixels);
        var green = tensor.Slice(format.PlaneOf(1) * Pixels, Pixels);
        var blue = tensor.Slice(format.PlaneOf(2) * Pixels, Pixels);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                Sample(image, (back.A * x) - (back.B * y) + back.Tx, (back.B * x) + (back.A * y) + back.Ty, out var r, out var g,
                    out var b);
                var at = (y * Side) + (mirror ? Side - 1 - x : x);
                red[at] = format.Value(0, r);
                green[at] = format.Value(1, g);
                blue[at] = format.Value(2, b);
            }
        }
    }

    /// <summary>The aligned face in grey (ITU-R BT.601 weights).</summary>
    /// <param name="grey">float32[side, side], 0 to 255.</param>
    /// <param name="side">Pixels of the crop's side; of fewer than the template has, each stands for the middle of several.</param>
    public static void WarpGrey(RgbView image, in SimilarityTransform toTemplate, Span<float> grey, int side = Side)
    {
        var back = toTemplate.Invert();
        var step = Side / (float)side;
        var first = (step - 1) / 2;
        for (var row = 0; row < side; row++)
        {
            var y = first + (row * step);
            for (var column = 0; column < side; column++)
            {
                var x = first + (column * step);
                Sample(image, (back.A * x) - (back.B * y) + back.Tx, (back.B * x) + (back.A * y) + back.Ty, out var r, out var g,
                    out var b);
                grey[(row * side) + column] = (0.299f * r) + (0.587f * g) + (0.114f * b);
            }
        }
    }

    private static void Sample(RgbView image, float x, float y, out float r, out float g, out float b)
    {
        float floorX = MathF.Floor(x), floorY = MathF.Floor(y);
        int left = (int)floorX, top = (int)floorY;
        float fx = x - floorX, fy = y - floorY;
        float w00 = (1 - fx) * (1 - fy), w10 = fx * (1 - fy), w01 = (1 - fx) * fy, w11 = fx * fy;
        if ((uint)left < (uint)(image.Width - 1) && (uint)top < (uint)(image.Height - 1))
        {
            var stride = image.Width * 3;
            var two = image.Pixels.Slice((top * stride) + (left * 3), stride + 6);
            r = (two[0] * w00) + (two[3] * w10) + (two[stride] * w01) + (two[stride + 3] * w11);
            g = (two[1] * w00) + (two[4] * w10) + (two[stride + 1] * w01) + (two[stride + 4] * w11);
            b = (two[2] * w00) + (two[5] * w10) + (two[stride + 2] * w01) + (two[stride + 5] * w11);
            return;
        }
        (r, g, b) = (0, 0, 0);
        Add(image, left, top, w00, ref r, ref g, ref b);
        Add(image, left + 1, top, w10, ref r, ref g, ref b);
        Add(image, left, top + 1, w01, ref r, ref g, ref b);
        Add(image, left + 1, top + 1, w11, ref r, ref g, ref b);
    }

    private static void Add(RgbView image, int x, int y, float weight, ref float r, ref float g, ref float b)
    {
        if ((uint)x >= (uint)image.Width || (uint)y >= (uint)image.Height) return;
        var pixel = image.Pixels.Slice(((y * image.Width) + x) * 3, 3);
        r += pixel[0] * weight;
        g += pixel[1] * weight;
        b += pixel[2] * weight;
    }
}
