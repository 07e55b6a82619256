using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace FaceAttendance.Domain.Recognition;

/// <summary>A probe as it is compared with <see cref="ByteRows"/>: q = t·c + f, where c are whole numbers in [−127, 127].</summary>
internal sealed class ByteProbe
{
    private readonly sbyte[] _values;

    /// <param name="unit">float32[D], q.</param>
    public ByteProbe(ReadOnlySpan<float> unit)
    {
        _values = new sbyte[ByteRows.LengthOf(unit.Length)];
        Scale = MathF.Abs(TensorPrimitives.MaxMagnitude(unit)) / sbyte.MaxValue;
        double length = 0, error = 0, whole = 0;
        for (var i = 0; i < unit.Length; i++)
        {
            var value = sbyte.CreateSaturating(MathF.Round(unit[i] / Scale));
            _values[i] = value;
            Offset -= ByteRows.Zero * value;
            var rest = unit[i] - ((double)Scale * value);
            error += rest * rest;
            length += (double)unit[i] * unit[i];
            whole += (double)value * value;
        }
        (Length, Error, WholeLength) = (Above(length), Above(error), Above(whole) * Scale);

        static float Above(double square) => (float)Math.Sqrt(square) * ByteRows.Margin;
    }

    /// <summary>c, four a group.</summary>
    public ReadOnlySpan<uint> Groups => MemoryMarshal.Cast<sbyte, uint>(_values);

    /// <summary>What the rows' offset adds to each product, taken away.</summary>
    public int Offset { get; }

    /// <summary>t.</summary>
    public float Scale { get; }

    /// <summary>|q|, or a little more.</summary>
    public float Length { get; }

    /// <summary>|f|, or a little more.</summary>
    public float Error { get; }

    /// <summary>|t·c|, or a little more.</summary>
    public float WholeLength { get; }
}

/// <summary>What is asked of a block of rows: those with scale · (c·b · t + <paramref name="Error"/>) ≥ <paramref name="Least"/>.</summary>
internal readonly record struct ByteQuery(ByteProbe Probe, float Error, float Least);
