using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceAttendance.Domain.Recognition;

/// <summary>The inner loop of gallery search: one query against many rows. Measured against a plain read in benchmarks/RESULTS.md.</summary>
internal static class DotProducts
{
    /// <param name="rows">float32[M, D], packed.</param>
    /// <param name="query">float32[D].</param>
    /// <param name="scores">float32[M], overwritten.</param>
    public static void Compute(ReadOnlySpan<float> rows, ReadOnlySpan<float> query, Span<float> scores)
    {
        if (rows.Length != scores.Length * query.Length) throw new ArgumentException("rows must hold one query's length a score.", nameof(rows));
        var done = 0;
        if (Vector512.IsHardwareAccelerated && query.Length % Vector512<float>.Count == 0) done = EightRowsWide(rows, query, scores);
        else if (Vector256.IsHardwareAccelerated && query.Length % Vector256<float>.Count == 0) done = EightRows(rows, query, scores);
        for (; done < scores.Length; done++) scores[done] = TensorPrimitives.Dot(rows.Slice(done * query.Length, query.Length), query);
    }

    // Eight rows at a time keep eight independent sums in registers: enough to hide the latency of a fused multiply-add, and the query is
    // loaded once for all of them. Both widths are the same story; the JIT does not specialise over the width by itself.
    private static int EightRowsWide(ReadOnlySpan<float> rows, ReadOnlySpan<float> query, Span<float> scores)
    {
        var d = (nuint)query.Length;
        ref var q = ref MemoryMarshal.GetReference(query);
        ref var row = ref MemoryMarshal.GetReference(rows);
        var i = 0;
        for (; i + 8 <= scores.Length; i += 8)
        {
            ref var r = ref Unsafe.Add(ref row, (nuint)i * d);
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nuint k = 0; k < d; k += (nuint)Vector512<float>.Count)
            {
                var v = Vector512.LoadUnsafe(ref q, k);
                s0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k), v, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + d), v, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (2 * d)), v, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (3 * d)), v, s3);
                s4 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (4 * d)), v, s4);
                s5 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (5 * d)), v, s5);
                s6 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (6 * d)), v, s6);
                s7 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref r, k + (7 * d)), v, s7);
            }
            Sum(Fold(s0), Fold(s1), Fold(s2), Fold(s3)).CopyTo(scores[i..]);
            Sum(Fold(s4), Fold(s5), Fold(s6), Fold(s7)).CopyTo(scores[(i + 4)..]);
        }
        return i;
    }

    private static int EightRows(ReadOnlySpan<float> rows, ReadOnlySpan<float> query, Span<float> scores)
    {
        var d = (nuint)query.Length;
        ref var q = ref MemoryMarshal.GetReference(query);
        ref var row = ref MemoryMarshal.GetReference(rows);
        var i = 0;
        for (; i + 8 <= scores.Length; i += 8)
        {
            ref var r = ref Unsafe.Add(ref row, (nuint)i * d);
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nuint k = 0; k < d; k += (nuint)Vector256<float>.Count)
            {
                var v = Vector256.LoadUnsafe(ref q, k);
                s0 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k), v, s0);
                s1 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + d), v, s1);
                s2 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (2 * d)), v, s2);
                s3 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (3 * d)), v, s3);
                s4 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (4 * d)), v, s4);
                s5 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (5 * d)), v, s5);
                s6 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (6 * d)), v, s6);
                s7 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r, k + (7 * d)), v, s7);
            }
            Sum(Fold(s0), Fold(s1), Fold(s2), Fold(s3)).CopyTo(scores[i..]);
            Sum(Fold(s4), Fold(s5), Fold(s6), Fold(s7)).CopyTo(scores[(i + 4)..]);
        }
        return i;
    }

    private static Vector128<float> Fold(Vector512<float> v) => Fold(v.GetLower() + v.GetUpper());

    private static Vector128<float> Fold(Vector256<float> v) => v.GetLower() + v.GetUpper();

    /// <returns>The four vectors' sums, in order.</returns>
    private static Vector128<float> Sum(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) => Sse3.IsSupported
        ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d))
        : Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
}
