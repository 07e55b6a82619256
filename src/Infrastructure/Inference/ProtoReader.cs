using System.Buffers;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// The fields of a protobuf message, one after the other (protobuf.dev/programming-guides/encoding). Every length is checked against what
/// is there.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, EightBytes = 1, Counted = 2, FourBytes = 5;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>The field's number.</summary>
    public int Number { get; private set; }

    /// <summary>The field with its number and length, as it stands in the message.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>A text's, byte string's or inner message's bytes; empty for numbers.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public bool Next()
    {
        if (_at == _message.Length) return false;
        var start = _at;
        var tag = TakeNumber();
        Content = (tag & 7) switch
        {
            Varint => SkipNumber(),
            EightBytes => Take(8)[..0],
            Counted => Take(TakeNumber()),
            FourBytes => Take(4)[..0],
            var unknown => throw new InvalidDataException($"A field of the kind {unknown} is none of protobuf's."),
        };
        Number = (int)Math.Min(tag >> 3, int.MaxValue);
        Whole = _message[start.._at];
        return true;
    }

    /// <summary>Writes a field that holds a text, byte string or message.</summary>
    public static void Write(IBufferWriter<byte> to, int number, ReadOnlySpan<byte> content)
    {
        WriteNumber(to, ((ulong)number << 3) | Counted);
        WriteNumber(to, (ulong)content.Length);
        to.Write(content);
    }

    private static void WriteNumber(IBufferWriter<byte> to, ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value > 0x7F; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        to.Write(bytes[..length]);
    }

    private ulong TakeNumber()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70 && _at < _message.Length; shift += 7)
        {
            var bits = _message[_at++];
            value |= (ulong)(bits & 0x7F) << shift;
            if (bits <= 0x7F) return value;
        }
        throw new InvalidDataException("A number has no end.");
    }

    private ReadOnlySpan<byte> SkipNumber()
    {
        TakeNumber();
        return [];
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        var left = _message.Length - _at;
        if (length > (ulong)left) throw new InvalidDataException($"A field has {length} bytes where {left} are left.");
        _at += (int)length;
        return _message.Slice(_at - (int)length, (int)length);
    }
}
