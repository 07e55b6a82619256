using System.Runtime.Intrinsics;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Writes interleaved RGB bytes into the planes of a model's input: value = (pixel − mean) / std, planes in the model's colour order.
/// </summary>
internal sealed class PixelTensor
{
    // Where in three loads of 16 bytes the 16 values of one channel stand; 255 takes nothing from that load.
    private static readonly Vector128<byte>[,] ChannelBytes = MakeChannelBytes();

    // By source channel R, G, B: the plane it goes to and the line a + b·pixel that replaces (pixel − mean) / std.
    private readonly int[] _plane = new int[3];
    private readonly float[] _factor = new float[3];
    private readonly float[] _offset = new float[3];

    public PixelTensor(ModelInput input)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = input.Colour == ColourOrder.Rgb ? channel : 2 - channel;
            _plane[channel] = plane;
            _factor[channel] = 1 / input.Std[plane];
            _offset[channel] = -input.Mean[plane] / input.Std[plane];
        }
    }

    /// <summary>The plane that takes source channel 0 (R), 1 (G) or 2 (B).</summary>
    public int PlaneOf(int channel) => _plane[channel];

    /// <summary>The model's value of a pixel of that channel, 0 to 255 and anything between.</summary>
    public float Value(int channel, float pixel) => (pixel * _factor[channel]) + _offset[channel];

    /// <summary>The line Factor · pixel + Offset that <see cref="Value"/> follows, for loops.</summary>
    public (float Factor, float Offset) LineOf(int channel) => (_factor[channel], _offset[channel]);

    /// <summary>What a black pixel becomes in that plane.</summary>
    public float Black(int plane)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            if (_plane[channel] == plane) return _offset[channel];
        }
        throw new ArgumentOutOfRangeException(nameof(plane), plane, "There are three planes.");
    }

    /// <summary>Converts one row without resizing.</summary>
    /// <param name="rgb">uint8[W, 3].</param>
    /// <param name="planes">float32[3, planeLength]; the row begins at <paramref name="start"/> of each plane.</param>
    public void WriteRow(ReadOnlySpan<byte> rgb, Span<float> planes, int planeLength, int start)
    {
        var width = rgb.Length / 3;
        for (var channel = 0; channel < 3; channel++)
        {
            var row = planes.Slice((_plane[channel] * planeLength) + start, width);
            float factor = _factor[channel], offset = _offset[channel];
            Vector128<byte> first = ChannelBytes[channel, 0], second = ChannelBytes[channel, 1], third = ChannelBytes[channel, 2];
            Vector128<float> factors = Vector128.Create(factor), offsets = Vector128.Create(offset);
            var x = 0;
            for (; x + 16 <= width; x += 16)
            {
                var bytes = rgb.Slice(x * 3, 48);
                var values = Vector128.Shuffle(Vector128.Create(bytes), first) | Vector128.Shuffle(Vector128.Create(bytes[16..]), second)
                    | Vector128.Shuffle(Vector128.Create(bytes[32..]), third);
                var (low, high) = Vector128.Widen(values);
                Store(low, row[x..]);
                Store(high, row[(x + 8)..]);
            }
            for (; x < width; x++) row[x] = (rgb[(x * 3) + channel] * factor) + offset;

            void Store(Vector128<ushort> eight, Span<float> to)
            {
                var (a, b) = Vector128.Widen(eight);
                ((Vector128.ConvertToSingle(a) * factors) + offsets).CopyTo(to);
                ((Vector128.ConvertToSingle(b) * factors) + offsets).CopyTo(to[4..]);
            }
        }
    }

    private static Vector128<byte>[,] MakeChannelBytes()
    {
        var masks = new Vector128<byte>[3, 3];
        var bytes = new byte[16];
        for (var channel = 0; channel < 3; channel++)
        {
            for (var load = 0; load < 3; load++)
            {
                for (var i = 0; i < 16; i++)
                {
                    var at = (3 * i) + channel - (16 * load);
                    bytes[i] = at is >= 0 and < 16 ? (byte)at : (byte)255;
                }
                masks[channel, load] = Vector128.Create(bytes);
            }
        }
        return masks;
    }
}
