using System.Runtime.Intrinsics;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Puts a picture or a part of it, scaled to fit, at the top left of a detector's input and fills the rest with black. Bilinear with pixel
/// centres at .5, without antialiasing, as the detectors were tried (cv2.resize INTER_LINEAR); the decoder has shrunk large pictures
/// before, so at most two source pixels fall on one. Keeps what it computed for the last size; for one thread at a time.
/// </summary>
internal sealed class Letterbox(PixelTensor format)
{
    private (int SourceWidth, int SourceHeight, int Width, int Height, int TensorWidth, int TensorHeight) _last;
    private int[] _left = [];
    private int[] _right = [];
    private float[] _weight = [];
    private float[] _mixed = [];

    /// <param name="from">Within the picture.</param>
    /// <param name="tensor">float32[1, 3, tensorHeight, tensorWidth]; must be the same memory whenever the sizes are.</param>
    /// <param name="scale">Tensor pixels a source pixel.</param>
    public void Fill(RgbView image, in PixelRectangle from, Span<float> tensor, int tensorWidth, int tensorHeight, float scale)
    {
        var width = Math.Clamp((int)MathF.Round(from.Width * scale), 1, tensorWidth);
        var height = Math.Clamp((int)MathF.Round(from.Height * scale), 1, tensorHeight);
        var sizes = (from.Width, from.Height, width, height, tensorWidth, tensorHeight);
        if (sizes != _last)
        {
            Prepare(from.Width, width);
            var plane = tensorWidth * tensorHeight;
            for (var p = 0; p < 3; p++) tensor.Slice(p * plane, plane).Fill(format.Black(p));
            _last = sizes;
        }

        if (width == from.Width && height == from.Height)
        {
            for (var y = 0; y < height; y++) format.WriteRow(Row(image, from, y), tensor, tensorWidth * tensorHeight, y * tensorWidth);
        }
        else
        {
            Resize(image, from, tensor, tensorWidth, tensorHeight, width, height);
        }
    }

    private void Resize(RgbView image, in PixelRectangle from, Span<float> tensor, int tensorWidth, int tensorHeight, int width, int height)
    {
        var planeLength = tensorWidth * tensorHeight;
        Span<float> mixed = _mixed;
        ReadOnlySpan<int> lefts = _left.AsSpan(0, width), rights = _right.AsSpan(0, width);
        ReadOnlySpan<float> weights = _weight.AsSpan(0, width);
        for (var y = 0; y < height; y++)
        {
            Neighbours(y, from.Height, height, out var top, out var bottom, out var weight);
            Mix(Row(image, from, top), Row(image, from, bottom), weight, mixed);
            for (var channel = 0; channel < 3; channel++)
            {
                var row = tensor.Slice((format.PlaneOf(channel) * planeLength) + (y * tensorWidth), width);
                var (factor, offset) = format.LineOf(channel);
                for (var x = 0; x < row.Length; x++)
                {
                    float left = mixed[lefts[x] + channel], right = mixed[rights[x] + channel];
                    row[x] = ((left + ((right - left) * weights[x])) * factor) + offset;
                }
            }
        }
    }

    private static ReadOnlySpan<byte> Row(RgbView image, in PixelRectangle from, int y) =>
        image.Row(from.Top + y).Slice(from.Left * 3, from.Width * 3);

    /// <summary>The row between two rows.</summary>
    private static void Mix(ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, float weight, Span<float> mixed)
    {
        bottom = bottom[..top.Length];
        mixed = mixed[..top.Length];
        var weights = Vector128.Create(weight);
        var i = 0;
        for (; i + 16 <= top.Length; i += 16)
        {
            var (upper, lower) = (Vector128.Create(top[i..]), Vector128.Create(bottom[i..]));
            MixHalf(Vector128.WidenLower(upper), Vector128.WidenLower(lower), mixed[i..]);
            MixHalf(Vector128.WidenUpper(upper), Vector128.WidenUpper(lower), mixed[(i + 8)..]);
        }
        for (; i < top.Length; i++) mixed[i] = top[i] + ((bottom[i] - top[i]) * weight);

        void MixHalf(Vector128<ushort> upper, Vector128<ushort> lower, Span<float> to)
        {
            MixQuarter(Vector128.WidenLower(upper), Vector128.WidenLower(lower), to);
            MixQuarter(Vector128.WidenUpper(upper), Vector128.WidenUpper(lower), to[4..]);
        }

        void MixQuarter(Vector128<uint> upper, Vector128<uint> lower, Span<float> to)
        {
            var from = Vector128.ConvertToSingle(upper.AsInt32());
            (from + ((Vector128.ConvertToSingle(lower.AsInt32()) - from) * weights)).CopyTo(to);
        }
    }

    private void Prepare(int sourceWidth, int width)
    {
        if (_left.Length < width) (_left, _right, _weight) = (new int[width], new int[width], new float[width]);
        if (_mixed.Length < sourceWidth * 3) _mixed = new float[sourceWidth * 3];
        for (var x = 0; x < width; x++)
        {
            Neighbours(x, sourceWidth, width, out var left, out var right, out _weight[x]);
            (_left[x], _right[x]) = (left * 3, right * 3);
        }
    }

    private static void Neighbours(int target, int sourceLength, int targetLength, out int before, out int after, out float weight)
    {
        var at = ((target + 0.5f) * sourceLength / targetLength) - 0.5f;
        at = Math.Clamp(at, 0, sourceLength - 1);
        before = (int)at;
        after = Math.Min(before + 1, sourceLength - 1);
        weight = at - before;
    }
}
