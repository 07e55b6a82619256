using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Stretches a rectangle of a picture over a square model input: bilinear with pixel centres at .5, as cv2.resize does it, straight into
/// the model's planes. Keeps its tables; for one thread at a time.
/// </summary>
internal sealed class FaceCropper(PixelTensor format, int side)
{
    private readonly int[] _left = new int[side];
    private readonly int[] _right = new int[side];
    private readonly float[] _weight = new float[side];

    /// <summary>The rectangle that a model sees of a face.</summary>
    public static PixelRectangle RectangleOf(in FaceBox box, FaceCrop crop, int imageWidth, int imageHeight)
    {
        float width = box.Width * crop.Scale, height = box.Height * crop.Scale;
        if (crop.Square) width = height = Math.Max(width, height);
        float centreX = (box.Left + box.Right) / 2, centreY = (box.Top + box.Bottom) / 2;
        var (left, top) = ((int)MathF.Floor(centreX - (width / 2)), (int)MathF.Floor(centreY - (height / 2)));
        var (right, bottom) = ((int)MathF.Ceiling(centreX + (width / 2)), (int)MathF.Ceiling(centreY + (height / 2)));
        if (crop.Outside == CropOutside.Clip)
            (left, top, right, bottom) = (Math.Max(0, left), Math.Max(0, top), Math.Min(imageWidth, right), Math.Min(imageHeight, bottom));
        // A box that lies wholly outside still gives a crop, of the nearest edge.
        return new(left, top, Math.Max(1, right - left), Math.Max(1, bottom - top));
    }

    /// <param name="tensor">float32[3, side, side].</param>
    public void Fill(RgbView image, in PixelRectangle from, Span<float> tensor)
    {
        for (var x = 0; x < side; x++)
        {
            Neighbours(x, from.Width, out var left, out var right, out _weight[x]);
            (_left[x], _right[x]) = (ColumnOf(from.Left + left, image.Width), ColumnOf(from.Left + right, image.Width));
        }
        var plane = side * side;
        ReadOnlySpan<int> lefts = _left, rights = _right;
        ReadOnlySpan<float> weights = _weight;
        for (var y = 0; y < side; y++)
        {
            Neighbours(y, from.Height, out var above, out var below, out var weight);
            var top = RowOf(image, from.Top + above);
            var bottom = RowOf(image, from.Top + below);
            for (var channel = 0; channel < 3; channel++)
            {
                var row = tensor.Slice((format.PlaneOf(channel) * plane) + (y * side), side);
                var (factor, offset) = format.LineOf(channel);
                for (var x = 0; x < row.Length; x++)
                {
                    var upper = Between(top, lefts[x], rights[x], weights[x], channel);
                    var lower = Between(bottom, lefts[x], rights[x], weights[x], channel);
                    row[x] = ((upper + ((lower - upper) * weight)) * factor) + offset;
                }
            }
        }
    }

    private static float Between(ReadOnlySpan<byte> row, int left, int right, float weight, int channel)
    {
        // No pixel there, no light: outside of the picture is black.
        float a = row.IsEmpty || left < 0 ? 0 : row[left + channel], b = row.IsEmpty || right < 0 ? 0 : row[right + channel];
        return a + ((b - a) * weight);
    }

    private static int ColumnOf(int x, int width) => (uint)x < (uint)width ? x * 3 : -1;

    private static ReadOnlySpan<byte> RowOf(RgbView image, int y) => (uint)y < (uint)image.Height ? image.Row(y) : [];

    private void Neighbours(int target, int length, out int before, out int after, out float weight)
    {
        var at = Math.Clamp(((target + 0.5f) * length / side) - 0.5f, 0, length - 1);
        before = (int)at;
        after = Math.Min(before + 1, length - 1);
        weight = at - before;
    }
}

/// <summary>Whole pixels of a picture; may stick out of it.</summary>
internal readonly record struct PixelRectangle(int Left, int Top, int Width, int Height)
{
    /// <summary>The same moved so that it lies in a picture of that size; cut where it is larger.</summary>
    public PixelRectangle MoveInto(int imageWidth, int imageHeight)
    {
        int width = Math.Clamp(Width, 1, imageWidth), height = Math.Clamp(Height, 1, imageHeight);
        return new(Math.Clamp(Left, 0, imageWidth - width), Math.Clamp(Top, 0, imageHeight - height), width, height);
    }
}
