using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>What is told of a whole picture by a number: how bright it is, and whether it is the same as another.</summary>
internal static class PictureSummary
{
    // Three vectors are a whole number of pixels.
    private const int BlockBytes = 3 * 16;

    // Two bytes hold the sum of so many.
    private const int BlocksAtOnce = ushort.MaxValue / byte.MaxValue;

    /// <summary>Mean grey (ITU-R BT.601 weights) of a part of the picture; 0 of none.</summary>
    public static float MeanGrey(RgbView image, in FaceBox part)
    {
        var pixels = part.ToPixels(image.Width, image.Height);
        Span<long> sums = stackalloc long[3];
        sums.Clear();
        for (var y = pixels.Top; y < pixels.Bottom; y++)
            AddColours(image.Pixels.Slice(((y * image.Width) + pixels.Left) * 3, (pixels.Right - pixels.Left) * 3), sums);
        var count = Math.Max(1, (pixels.Right - pixels.Left) * (pixels.Bottom - pixels.Top));
        return (float)(((0.299 * sums[0]) + (0.587 * sums[1]) + (0.114 * sums[2])) / count);
    }

    /// <summary>Tells pictures apart by accident, not by intent: whoever makes two alike only makes himself seem to stand still.</summary>
    public static ulong Digest(ReadOnlySpan<byte> rgb) => XxHash3.HashToUInt64(rgb);

    /// <param name="rgb">Whole pixels.</param>
    /// <param name="sums">Red, green, blue; added to.</param>
    private static void AddColours(ReadOnlySpan<byte> rgb, Span<long> sums)
    {
        Span<ushort> places = stackalloc ushort[BlockBytes];
        while (rgb.Length >= BlockBytes)
        {
            var blocks = Math.Min(rgb.Length / BlockBytes, BlocksAtOnce);
            AddPlaces(rgb[..(blocks * BlockBytes)], places);
            for (var i = 0; i < BlockBytes; i++) sums[i % 3] += places[i];
            rgb = rgb[(blocks * BlockBytes)..];
        }
        for (var i = 0; i < rgb.Length; i++) sums[i % 3] += rgb[i];
    }

    /// <summary>The sum of each of a block's places over all blocks.</summary>
    private static void AddPlaces(ReadOnlySpan<byte> blocks, Span<ushort> places)
    {
        Vector128<ushort> a = default, b = default, c = default, d = default, e = default, f = default;
        ref var first = ref MemoryMarshal.GetReference(blocks);
        for (nuint at = 0; at < (nuint)blocks.Length; at += BlockBytes)
        {
            var (x, y, z) = (Vector128.LoadUnsafe(ref first, at), Vector128.LoadUnsafe(ref first, at + 16),
                Vector128.LoadUnsafe(ref first, at + 32));
            a += Vector128.WidenLower(x);
            b += Vector128.WidenUpper(x);
            c += Vector128.WidenLower(y);
            d += Vector128.WidenUpper(y);
            e += Vector128.WidenLower(z);
            f += Vector128.WidenUpper(z);
        }
        a.CopyTo(places);
        b.CopyTo(places[8..]);
        c.CopyTo(places[16..]);
        d.CopyTo(places[24..]);
        e.CopyTo(places[32..]);
        f.CopyTo(places[40..]);
    }
}
