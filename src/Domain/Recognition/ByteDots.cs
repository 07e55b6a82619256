using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// The inner loop of gallery search: whole numbers of one byte, 32 rows a block, against one probe or four. Four bytes of a row lie
/// together, beside the same four of its neighbours, so that each lane of a sum is a row's and nothing is added across lanes.
/// </summary>
internal static class ByteDots
{
    /// <summary>Rows a block: as many as a mask has bits.</summary>
    public const int BlockRows = 32;

    /// <summary>Values of a row that lie together.</summary>
    public const int Together = 4;

    /// <summary>Probes that are compared with a block while it is at hand.</summary>
    public const int ProbesTogether = 4;

    // Of eight rows, one vector.
    private const int VectorRows = 8;
    private const int VectorBytes = VectorRows * Together;
    private const int GroupBytes = BlockRows * Together;

    /// <summary>The rows of a block whose similarity may reach what is asked.</summary>
    /// <param name="block">uint8[D/4, 32, 4], 128 standing for 0.</param>
    /// <param name="scales">float32[32].</param>
    /// <returns>A bit a row, the first row's the lowest.</returns>
    public static uint Reaching(ReadOnlySpan<byte> block, ReadOnlySpan<float> scales, in ByteQuery query) =>
        AvxVnni.IsSupported ? Reaching<Quadruples>(block, scales, query)
        : Avx2.IsSupported ? Reaching<Pairs>(block, scales, query)
        : Reaching<Singles>(block, scales, query);

    /// <summary>The same for four probes, in one passage over the block.</summary>
    /// <param name="queries">Four.</param>
    /// <param name="reaching">uint32[4], overwritten.</param>
    public static void Reaching(
        ReadOnlySpan<byte> block, ReadOnlySpan<float> scales, ReadOnlySpan<ByteQuery> queries, Span<uint> reaching)
    {
        if (AvxVnni.IsSupported) Reaching<Quadruples>(block, scales, queries, reaching);
        else if (Avx2.IsSupported) Reaching<Pairs>(block, scales, queries, reaching);
        else Reaching<Singles>(block, scales, queries, reaching);
    }

    internal static uint Reaching<T>(ReadOnlySpan<byte> block, ReadOnlySpan<float> scales, in ByteQuery query)
        where T : struct, IProducts
    {
        var groups = query.Probe.Groups;
        Check(block, scales, groups);
        ref var rows = ref MemoryMarshal.GetReference(block);
        ref var probe = ref MemoryMarshal.GetReference(groups);
        var a = Vector256.Create(query.Probe.Offset);
        var (b, c, d) = (a, a, a);
        for (var g = 0; g < groups.Length; g++)
        {
            var values = Vector256.Create(Unsafe.Add(ref probe, g)).AsSByte();
            a = T.Add(a, Vector256.LoadUnsafe(ref rows), values);
            b = T.Add(b, Vector256.LoadUnsafe(ref rows, VectorBytes), values);
            c = T.Add(c, Vector256.LoadUnsafe(ref rows, 2 * VectorBytes), values);
            d = T.Add(d, Vector256.LoadUnsafe(ref rows, 3 * VectorBytes), values);
            rows = ref Unsafe.Add(ref rows, GroupBytes);
        }
        return Reaching(a, scales, query) | (Reaching(b, scales[VectorRows..], query) << VectorRows)
            | (Reaching(c, scales[(2 * VectorRows)..], query) << (2 * VectorRows))
            | (Reaching(d, scales[(3 * VectorRows)..], query) << (3 * VectorRows));
    }

    internal static void Reaching<T>(
        ReadOnlySpan<byte> block, ReadOnlySpan<float> scales, ReadOnlySpan<ByteQuery> queries, Span<uint> reaching)
        where T : struct, IProducts
    {
        var length = queries[0].Probe.Groups.Length;
        foreach (ref readonly var query in queries) Check(block, scales, query.Probe.Groups);
        ref var probe0 = ref MemoryMarshal.GetReference(queries[0].Probe.Groups);
        ref var probe1 = ref MemoryMarshal.GetReference(queries[1].Probe.Groups);
        ref var probe2 = ref MemoryMarshal.GetReference(queries[2].Probe.Groups);
        ref var probe3 = ref MemoryMarshal.GetReference(queries[3].Probe.Groups);
        reaching[..ProbesTogether].Clear();
        for (var first = 0; first < BlockRows; first += 2 * VectorRows)
        {
            ref var rows = ref Unsafe.Add(ref MemoryMarshal.GetReference(block), first * Together);
            var a0 = Vector256.Create(queries[0].Probe.Offset);
            var a1 = Vector256.Create(queries[1].Probe.Offset);
            var a2 = Vector256.Create(queries[2].Probe.Offset);
            var a3 = Vector256.Create(queries[3].Probe.Offset);
            var (b0, b1, b2, b3) = (a0, a1, a2, a3);
            for (var g = 0; g < length; g++)
            {
                var a = Vector256.LoadUnsafe(ref rows);
                var b = Vector256.LoadUnsafe(ref rows, VectorBytes);
                var values = Vector256.Create(Unsafe.Add(ref probe0, g)).AsSByte();
                a0 = T.Add(a0, a, values);
                b0 = T.Add(b0, b, values);
                values = Vector256.Create(Unsafe.Add(ref probe1, g)).AsSByte();
                a1 = T.Add(a1, a, values);
                b1 = T.Add(b1, b, values);
                values = Vector256.Create(Unsafe.Add(ref probe2, g)).AsSByte();
                a2 = T.Add(a2, a, values);
                b2 = T.Add(b2, b, values);
                values = Vector256.Create(Unsafe.Add(ref probe3, g)).AsSByte();
                a3 = T.Add(a3, a, values);
                b3 = T.Add(b3, b, values);
                rows = ref Unsafe.Add(ref rows, GroupBytes);
            }
            reaching[0] |= Reaching(a0, b0, scales, queries[0], first);
            reaching[1] |= Reaching(a1, b1, scales, queries[1], first);
            reaching[2] |= Reaching(a2, b2, scales, queries[2], first);
            reaching[3] |= Reaching(a3, b3, scales, queries[3], first);
        }
    }

    private static void Check(ReadOnlySpan<byte> block, ReadOnlySpan<float> scales, ReadOnlySpan<uint> groups)
    {
        if (block.Length != groups.Length * GroupBytes || scales.Length != BlockRows)
            throw new ArgumentException("A block holds 32 rows of the probe's length, and a scale for each.", nameof(block));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Reaching(Vector256<int> a, Vector256<int> b, ReadOnlySpan<float> scales, in ByteQuery query, int first) =>
        (Reaching(a, scales[first..], query) | (Reaching(b, scales[(first + VectorRows)..], query) << VectorRows)) << first;

    // What is not a number is in question too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Reaching(Vector256<int> dots, ReadOnlySpan<float> scales, in ByteQuery query)
    {
        var most = Vector256.Create(scales) * ((Vector256.ConvertToSingle(dots) * query.Probe.Scale) + Vector256.Create(query.Error));
        return Vector256.LessThan(most, Vector256.Create(query.Least)).ExtractMostSignificantBits() ^ byte.MaxValue;
    }

    /// <summary>How four bytes of a row are multiplied with a probe's and added up, in each of eight lanes.</summary>
    internal interface IProducts
    {
        static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> rows, Vector256<sbyte> probe);
    }

    /// <summary>By one instruction for all four.</summary>
    internal readonly struct Quadruples : IProducts
    {
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> rows, Vector256<sbyte> probe) =>
            AvxVnni.MultiplyWideningAndAdd(sums, rows, probe);
    }

    /// <summary>In pairs of 16 bits, of which the sum of two products fits into 32. The instruction for bytes has room for 16.</summary>
    internal readonly struct Pairs : IProducts
    {
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> rows, Vector256<sbyte> probe)
        {
            var even = Avx2.MultiplyAddAdjacent(rows.AsInt16() & Vector256.Create((short)byte.MaxValue), (probe.AsInt16() << 8) >> 8);
            var odd = Avx2.MultiplyAddAdjacent(rows.AsInt16() >>> 8, probe.AsInt16() >> 8);
            return sums + even + odd;
        }
    }

    /// <summary>One after another, on whatever vectors the machine has.</summary>
    internal readonly struct Singles : IProducts
    {
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> rows, Vector256<sbyte> probe)
        {
            var (r, p, low) = (rows.AsInt32(), probe.AsInt32(), Vector256.Create((int)byte.MaxValue));
            sums += (r & low) * ((p << 24) >> 24);
            sums += ((r >>> 8) & low) * ((p << 16) >> 24);
            sums += ((r >>> 16) & low) * ((p << 8) >> 24);
            return sums + ((r >>> 24) * (p >> 24));
        }
    }
}
