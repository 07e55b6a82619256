using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FaceAttendance.Domain.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class ByteDotsTests
{
    [TestCase(4, false)]
    [TestCase(128, false)]
    [TestCase(512, false)]
    [TestCase(128, true, TestName = "Reaching_LargestValues_MatchesNaive")]
    public void Reaching_RandomRows_MatchesNaive(int dimension, bool largest)
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var probes = Enumerable.Range(0, ByteDots.ProbesTogether).Select(_ => new ByteProbe(
            [.. Enumerable.Range(0, dimension).Select(_ => largest ? random.Next(2) - 0.5f : random.NextSingle() - 0.5f)])).ToArray();
        var rows = new byte[ByteDots.BlockRows, dimension];
        foreach (ref var value in MemoryMarshal.CreateSpan(ref rows[0, 0], rows.Length))
            value = largest ? (byte)(random.Next(2) * byte.MaxValue) : (byte)random.Next(256);
        float[] scales = [.. Enumerable.Range(0, ByteDots.BlockRows).Select(_ => random.NextSingle())];
        var dots = probes.Select(p => Enumerable.Range(0, ByteDots.BlockRows).Select(row => Dot(rows, row, p)).ToArray()).ToArray();
        // Half of the rows reach what is asked, and the one in the middle just so.
        ByteQuery[] queries = [.. probes.Select((p, i) => new ByteQuery(p, 0.5f,
            Enumerable.Range(0, ByteDots.BlockRows).Select(row => scales[row] * ((dots[i][row] * p.Scale) + 0.5f)).Order().ElementAt(16)))];
        var expected = queries.Select((q, i) => Enumerable.Range(0, ByteDots.BlockRows)
            .Where(row => scales[row] * ((dots[i][row] * q.Probe.Scale) + 0.5f) >= q.Least)
            .Aggregate(0u, (mask, row) => mask | (1u << row))).ToArray();

        Check<ByteDots.Singles>();
        if (Avx2.IsSupported) Check<ByteDots.Pairs>();
        if (AvxVnni.IsSupported) Check<ByteDots.Quadruples>();

        void Check<T>()
            where T : struct, ByteDots.IProducts
        {
            var block = Block(rows);
            var together = new uint[ByteDots.ProbesTogether];
            ByteDots.Reaching<T>(block, scales, queries, together);
            Assert.That(together, Is.EqualTo(expected), typeof(T).Name);
            Assert.That(queries.Select(q => ByteDots.Reaching<T>(block, scales, q)), Is.EqualTo(expected), typeof(T).Name);
        }
    }

    private static byte[] Block(byte[,] rows)
    {
        var block = new byte[rows.Length];
        for (var row = 0; row < ByteDots.BlockRows; row++)
        {
            for (var i = 0; i < rows.GetLength(1); i++)
                block[((i / ByteDots.Together * ByteDots.BlockRows) + row) * ByteDots.Together + (i % ByteDots.Together)] = rows[row, i];
        }
        return block;
    }

    private static int Dot(byte[,] rows, int row, ByteProbe probe)
    {
        var values = MemoryMarshal.Cast<uint, sbyte>(probe.Groups);
        var sum = 0;
        for (var i = 0; i < rows.GetLength(1); i++) sum += (rows[row, i] - ByteRows.Zero) * values[i];
        return sum;
    }
}
