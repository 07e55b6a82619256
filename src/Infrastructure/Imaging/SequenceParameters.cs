namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// The beginning of HEVC's sequence parameter set (ITU-T H.265, 7.3.2.2.1), up to the size of the pictures that it describes.
/// </summary>
internal static class SequenceParameters
{
    // Everything up to the size fits into far less.
    private const int MostBytes = 256;

    /// <param name="unit">Behind the two bytes of the unit's header.</param>
    /// <returns>Width and height as they are coded; null when they cannot be read.</returns>
    public static (int Width, int Height)? Read(ReadOnlySpan<byte> unit)
    {
        Span<byte> plain = stackalloc byte[MostBytes];
        var bits = new BitReader(plain[..WithoutEscapes(unit, plain)]);
        bits.Skip(4);
        var layers = bits.Number(3);
        bits.Skip(1 + 96); // Nesting; the general profile, tier and level.
        Span<bool> isThere = stackalloc bool[2 * 8];
        for (var i = 0; i < layers; i++) (isThere[2 * i], isThere[(2 * i) + 1]) = (bits.Number(1) == 1, bits.Number(1) == 1);
        if (layers > 0) bits.Skip(2 * (8 - (int)layers));
        for (var i = 0; i < layers; i++) bits.Skip((isThere[2 * i] ? 88 : 0) + (isThere[(2 * i) + 1] ? 8 : 0));
        bits.Exponential(); // Its number.
        if (bits.Exponential() == 3) bits.Skip(1); // The chroma format.
        var (width, height) = (bits.Exponential(), bits.Exponential());
        return bits.IsOver || width is 0 or > ushort.MaxValue || height is 0 or > ushort.MaxValue ? null : ((int)width, (int)height);
    }

    /// <summary>In coded data a 3 stands behind two zeros, so that no start code appears among them.</summary>
    private static int WithoutEscapes(ReadOnlySpan<byte> coded, Span<byte> plain)
    {
        var (length, zeros) = (0, 0);
        foreach (var b in coded)
        {
            if (length == plain.Length) break;
            if (zeros >= 2 && b == 3)
            {
                zeros = 0;
                continue;
            }
            zeros = b == 0 ? zeros + 1 : 0;
            plain[length++] = b;
        }
        return length;
    }

    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public readonly bool IsOver => _at > _bytes.Length * 8;

        public void Skip(int bits) => _at += bits;

        public uint Number(int bits)
        {
            uint number = 0;
            for (; bits > 0; bits--, _at++)
                number = (number << 1) | (_at < _bytes.Length * 8 ? (uint)(_bytes[_at / 8] >> (7 - (_at % 8))) & 1 : 0);
            return number;
        }

        /// <summary>ue(v): as many zeros as bits follow behind the one.</summary>
        public uint Exponential()
        {
            var zeros = 0;
            while (zeros < 31 && !IsOver && Number(1) == 0) zeros++;
            return (1u << zeros) - 1 + Number(zeros);
        }
    }
}
