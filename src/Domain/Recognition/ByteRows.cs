using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// Rows of a gallery in one byte a value, a quarter of what is read of floats, and how far they may be off: enough to tell which cannot be
/// among the nearest. A row is x = s·b + e, where b are whole numbers in [−127, 127] and s a 127th of its largest value; a probe is
/// q = t·c + f. Then x·q = s·t·(b·c) + e·(t·c) + x·f, of which the last two are at most |e|·|t·c| + |x|·|f| (Cauchy and Schwarz). A row for
/// which even that much more does not reach what is asked is out; the others are for their floats to judge.
/// </summary>
internal sealed class ByteRows
{
    /// <summary>The byte that stands for 0: one factor must be unsigned, and of rows nothing needs to be known for that.</summary>
    public const int Zero = 128;

    /// <summary>Lengths and errors are added up in floats; 2⁻¹² is more than that can be off for 4,096 values.</summary>
    public const float Margin = 1 + (1f / 4096);

    // One of 2⁻²³ a value is twice what adding up the products in floats can be off; sixteen more are for the bound's own arithmetic.
    private const float Rounding = 1f / (1 << 23);
    private const int RoundingOfBound = 16;

    private readonly AlignedMemory<byte> _bytes;
    private readonly AlignedMemory<float> _scales;
    private readonly int _dimension;

    // The largest |e|/s and |x| of any row that was ever put here. They grow while readers look at earlier rows, for which they hold before
    // and after.
    private float _error;
    private float _length;

    /// <param name="capacity">A multiple of <see cref="ByteDots.BlockRows"/>.</param>
    public ByteRows(int capacity, int dimension)
    {
        _dimension = dimension;
        _bytes = new(capacity * LengthOf(dimension));
        _scales = new(capacity);
    }

    private int BlockLength => ByteDots.BlockRows * LengthOf(_dimension);

    /// <returns>Bytes a row of D values takes.</returns>
    public static int LengthOf(int dimension) => (dimension + ByteDots.Together - 1) / ByteDots.Together * ByteDots.Together;

    /// <param name="values">float32[D], x.</param>
    public void Set(int row, ReadOnlySpan<float> values)
    {
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude(values)) / sbyte.MaxValue;
        var inverse = scale > 0 ? 1 / scale : 0;
        var most = Vector128.Create((int)sbyte.MaxValue);
        Vector128<float> errors = default, squares = default;
        // The row's first four bytes in its block; the next four lie behind those of the block's other rows.
        var to = MemoryMarshal.Cast<byte, uint>(Block(row / ByteDots.BlockRows))[(row % ByteDots.BlockRows)..];
        Span<float> last = stackalloc float[ByteDots.Together];
        for (var i = 0; i < values.Length; i += ByteDots.Together)
        {
            scoped var next = values[i..];
            if (next.Length < ByteDots.Together)
            {
                next.CopyTo(last);
                next = last;
            }
            var x = Vector128.Create(next);
            var b = Vector128.Min(most, Vector128.Max(-most, Vector128.ConvertToInt32(Vector128.Round(x * inverse))));
            var e = x - (Vector128.ConvertToSingle(b) * scale);
            errors += e * e;
            squares += x * x;
            var bytes = (b + Vector128.Create(Zero)).AsByte();
            to[i / ByteDots.Together * ByteDots.BlockRows] = Vector128.Shuffle(bytes, Vector128.Create(
                (byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).AsUInt32().ToScalar();
        }
        _scales.Span[row] = scale;
        if (scale > 0) _error = Math.Max(_error, MathF.Sqrt(Vector128.Sum(errors)) / scale * Margin);
        _length = Math.Max(_length, MathF.Sqrt(Vector128.Sum(squares)) * Margin);
    }

    /// <summary>The rows of a block that may reach what each of one to four queries asks; of rows that were never put there it says
    /// anything.</summary>
    /// <param name="queries">Of <see cref="Query"/>.</param>
    /// <param name="reaching">For each query a bit a row, the first row's the lowest.</param>
    public void Reaching(int block, ReadOnlySpan<ByteQuery> queries, Span<uint> reaching)
    {
        if (queries.Length == ByteDots.ProbesTogether)
        {
            ByteDots.Reaching(Block(block), Scales(block), queries, reaching);
            return;
        }
        for (var i = 0; i < queries.Length; i++) reaching[i] = ByteDots.Reaching(Block(block), Scales(block), queries[i]);
    }

    /// <summary>Asks for the rows whose similarity to the probe may be <paramref name="least"/> or more.</summary>
    public ByteQuery Query(ByteProbe probe, float least)
    {
        var rounding = (LengthOf(_dimension) + RoundingOfBound) * Rounding;
        return new(probe, _error * probe.WholeLength, least - (_length * (probe.Error + (rounding * probe.Length))));
    }

    /// <param name="rows">How many to copy.</param>
    public void CopyTo(ByteRows other, int rows)
    {
        var blocks = (rows + ByteDots.BlockRows - 1) / ByteDots.BlockRows;
        _bytes.Span[..(blocks * BlockLength)].CopyTo(other._bytes.Span);
        _scales.Span[..rows].CopyTo(other._scales.Span);
        (other._error, other._length) = (_error, _length);
    }

    private Span<byte> Block(int block) => _bytes.Span.Slice(block * BlockLength, BlockLength);

    private ReadOnlySpan<float> Scales(int block) => _scales.Span.Slice(block * ByteDots.BlockRows, ByteDots.BlockRows);
}
