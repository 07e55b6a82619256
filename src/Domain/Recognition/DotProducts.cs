using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// Similarities in floats, which are what a search answers: of one row, or of many, read strictly one after another, as hardware
/// prefetchers like it, and four at a time only to add up their lanes together. A row's is the same to the last bit, whichever way.
/// </summary>
internal static class DotProducts
{
    /// <param name="rows">float32[M, D], packed.</param>
    /// <param name="query">float32[D].</param>
    /// <param name="scores">float32[M], overwritten.</param>
    public static void Compute(ReadOnlySpan<float> rows, ReadOnlySpan<float> query, Span<float> scores)
    {
        if (rows.Length != scores.Length * query.Length)
            throw new ArgumentException("rows must hold one query's length a score.", nameof(rows));
        var done = 0;
        if (IsWide(query.Length))
        {
            var d = (nuint)query.Length;
            ref var q = ref MemoryMarshal.GetReference(query);
            ref var row = ref MemoryMarshal.GetReference(rows);
            for (; done + 4 <= scores.Length; done += 4)
            {
                ref var r = ref Unsafe.Add(ref row, (nuint)done * d);
                Sum(Row(ref r, ref q, d), Row(ref Unsafe.Add(ref r, d), ref q, d), Row(ref Unsafe.Add(ref r, 2 * d), ref q, d),
                    Row(ref Unsafe.Add(ref r, 3 * d), ref q, d))
                    .CopyTo(scores[done..]);
            }
        }
        for (; done < scores.Length; done++) scores[done] = Of(rows.Slice(done * query.Length, query.Length), query);
    }

    /// <param name="row">float32[D].</param>
    /// <param name="query">float32[D].</param>
    public static float Of(ReadOnlySpan<float> row, ReadOnlySpan<float> query)
    {
        if (!IsWide(query.Length)) return TensorPrimitives.Dot(row, query);
        if (row.Length != query.Length) throw new ArgumentException("A row has the query's length.", nameof(row));
        var sums = Row(ref MemoryMarshal.GetReference(row), ref MemoryMarshal.GetReference(query), (nuint)query.Length);
        return Sum(sums, sums, sums, sums).ToScalar();
    }

    // Two sums a row halve the wait for the previous multiply-add, hence twice the width.
    private static bool IsWide(int length) => Vector256.IsHardwareAccelerated
        && length % (Vector512.IsHardwareAccelerated ? 2 * Vector512<float>.Count : 2 * Vector256<float>.Count) == 0;

    /// <returns>Four lanes that add up to the dot product.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Row(ref float row, ref float query, nuint d)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> even = default, odd = default;
            for (nuint k = 0; k < d; k += (nuint)(2 * Vector512<float>.Count))
            {
                var next = k + (nuint)Vector512<float>.Count;
                even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, k), Vector512.LoadUnsafe(ref query, k), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row, next), Vector512.LoadUnsafe(ref query, next), odd);
            }
            var all = even + odd;
            return Fold(all.GetLower() + all.GetUpper());
        }
        else
        {
            Vector256<float> even = default, odd = default;
            for (nuint k = 0; k < d; k += (nuint)(2 * Vector256<float>.Count))
            {
                var next = k + (nuint)Vector256<float>.Count;
                even = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row, k), Vector256.LoadUnsafe(ref query, k), even);
                odd = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row, next), Vector256.LoadUnsafe(ref query, next), odd);
            }
            return Fold(even + odd);
        }
    }

    private static Vector128<float> Fold(Vector256<float> v) => v.GetLower() + v.GetUpper();

    /// <returns>The four vectors' sums, in order.</returns>
    private static Vector128<float> Sum(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) => Sse3.IsSupported
        ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d))
        : Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
}
