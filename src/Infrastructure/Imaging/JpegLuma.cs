using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FaceAttendance.Domain.Recognition.Tracks;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// The mean grey of every block of 8×8 pixels of a baseline JPEG, out of its entropy-coded data (ITU-T T.81, annex F): a block's first
/// coefficient is its mean, so nothing is transformed, and no chroma is looked at. Costs a fraction of a whole decoder at its smallest
/// scale, whose machinery is made and torn down for 80×60 pixels (docs/decisions/0052).
/// <para>It reads what cameras send. To everything else, damage included, it answers nothing, so that the decoder judges that.</para>
/// Thread-safe.
/// </summary>
internal static class JpegLuma
{
    /// <summary>A longer side is no camera's.</summary>
    internal const int MostSide = 4096;

    private const byte Fill = 0xFF, StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA;

    [ThreadStatic]
    private static JpegTables? _tables;

    /// <returns>In the original's size; null for what is no complete, upright, baseline JPEG with all of its colours in one scan, or is
    /// smaller than a block.</returns>
    public static (LumaPicture Luma, int Width, int Height)? Read(ReadOnlySpan<byte> jpeg)
    {
        if (!jpeg.StartsWith((ReadOnlySpan<byte>)[Fill, StartOfImage])) return null;
        var tables = _tables ??= new();
        tables.Clear();
        for (var at = 2; at + 4 <= jpeg.Length;)
        {
            if (jpeg[at] != Fill) return null;
            var marker = jpeg[at + 1];
            if (marker == Fill)
            {
                at++;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || at + 2 + length > jpeg.Length) return null;
            var content = jpeg.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker == StartOfScan) return tables.TryTakeScan(content) ? ReadScan(jpeg, at, tables) : null;
            if (!tables.TryTake(marker, content)) return null;
        }
        return null;
    }

    private static (LumaPicture Luma, int Width, int Height)? ReadScan(ReadOnlySpan<byte> jpeg, int at, JpegTables tables)
    {
        int width = tables.Width / LumaPicture.Scale, height = tables.Height / LumaPicture.Scale;
        if (width == 0 || height == 0) return null;
        var pixels = new byte[width * height];
        var bits = new BitReader(jpeg, at);
        if (!ReadUnits(ref bits, tables, pixels, width, height) || !bits.IsAtMarker(EndOfImage)) return null;
        return (new(width, height, pixels), tables.Width, tables.Height);
    }

    private static bool ReadUnits(ref BitReader bits, JpegTables tables, Span<byte> target, int width, int height)
    {
        int across = tables.UnitsAcross, down = tables.UnitsDown, left = tables.Restart > 0 ? tables.Restart : int.MaxValue;
        var expected = 0;
        Span<int> means = stackalloc int[JpegTables.MostComponents];
        means.Clear();
        for (var y = 0; y < down; y++)
        {
            for (var x = 0; x < across; x++)
            {
                if (left-- == 0)
                {
                    if (!bits.TakeRestart(expected)) return false;
                    expected = (expected + 1) & 7;
                    means.Clear();
                    left = tables.Restart - 1;
                }
                for (var c = 0; c < tables.Components; c++)
                {
                    ref readonly var component = ref tables.Component(c);
                    var (first, others) = (tables.First(component.FirstTable), tables.Others(component.OtherTable));
                    for (var block = 0; block < component.Across * component.Down; block++)
                    {
                        if (!bits.TryReadBlock(first, others, out var change)) return false;
                        means[c] += change;
                        if (c > 0) continue;
                        int column = (x * component.Across) + (block % component.Across);
                        var row = (y * component.Down) + (block / component.Across);
                        // As libjpeg rounds; blocks that the picture fills in part stand for no whole square.
                        if (column < width && row < height)
                            target[(row * width) + column] = (byte)Math.Clamp((((means[0] * tables.LumaStep) + 4) >> 3) + 128, 0, 255);
                    }
                }
            }
            // What is missing reads as zeros, so that the work is bounded by the picture's lines and not by its claims.
            if (bits.IsOver) return false;
        }
        return true;
    }

    /// <summary>Bits of entropy-coded data, in which 0xFF 0x00 stands for the byte 0xFF and any other 0xFF ends them.</summary>
    private ref struct BitReader(ReadOnlySpan<byte> data, int at)
    {
        // No code with its coefficient is longer, nor are two that show at once: 16 and 11 bits, and 11 and 10.
        private const int LongestSymbols = 32;

        private readonly ReadOnlySpan<byte> _data = data;
        private int _at = at;

        // From the highest bit on; below _count all zero.
        private ulong _bits;
        private int _count;

        // Bits that were not there.
        private int _missing;

        public readonly bool IsOver => _missing > _count;

        /// <param name="change">Of the mean, in steps.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryReadBlock(JpegCodes first, JpegCodes others, out int change)
        {
            change = 0;
            if (_count < LongestSymbols) Refill();
            var entry = first.Entries[_bits >> (64 - JpegCodes.QuickBits)];
            if (entry.IsNone && !first.TryFind(_bits, out entry)) return false;
            // In registers as long as it lasts: memory would double what a coefficient takes.
            var (bits, count) = (_bits << entry.Bits, _count - entry.Bits);
            if (entry.GoesOn is > 0 and var size)
            {
                // Annex F.2.2.1: the first half of a size's numbers is negative.
                var value = (int)(bits >> (64 - size));
                change = value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
                (bits, count) = (bits << size, count - size);
            }
            ref var quick = ref MemoryMarshal.GetArrayDataReference(others.Entries);
            for (var k = 1; ;)
            {
                if (count < LongestSymbols)
                {
                    (_bits, _count) = (bits, count);
                    Refill();
                    (bits, count) = (_bits, _count);
                }
                // The table has a place for each value of these bits.
                entry = Unsafe.Add(ref quick, (nuint)(bits >> (64 - JpegCodes.QuickBits)));
                if (entry.IsNone && !others.TryFind(bits, out entry)) return false;
                if (k + entry.GoesOn >= 64)
                {
                    // What follows a block's last coefficient is another block's.
                    (bits, count) = (bits << entry.Bits, count - entry.Bits);
                    break;
                }
                k += entry.PairGoesOn;
                (bits, count) = (bits << entry.PairBits, count - entry.PairBits);
                if (k >= 64) break;
            }
            (_bits, _count) = (bits, count);
            return true;
        }

        /// <summary>Drops what is left of a byte and passes over the marker that follows.</summary>
        public bool TakeRestart(int number)
        {
            const byte First = 0xD0;
            if (!IsAtMarker((byte)(First + number))) return false;
            _at += 2;
            (_bits, _count, _missing) = (0, 0, 0);
            return true;
        }

        /// <returns>Whether nothing but a part of a byte is left before that marker.</returns>
        public bool IsAtMarker(byte marker)
        {
            if (_missing > _count || _count - _missing >= 8) return false;
            while (_at + 1 < _data.Length && _data[_at] == Fill && _data[_at + 1] == Fill) _at++;
            return _at + 1 < _data.Length && _data[_at] == Fill && _data[_at + 1] == marker;
        }

        private void Refill()
        {
            if (_at + 8 <= _data.Length)
            {
                var next = BinaryPrimitives.ReadUInt64BigEndian(_data[_at..]);
                // Bit tricks: whether a byte of it is 0xFF.
                if ((((~next) - 0x0101010101010101) & next & 0x8080808080808080) == 0)
                {
                    var bytes = (63 - _count) >> 3;
                    _bits |= next >> _count;
                    _count += bytes * 8;
                    _at += bytes;
                    // Bits beyond the count came along; they come again.
                    _bits &= ulong.MaxValue << (64 - _count);
                    return;
                }
            }
            while (_count <= 56)
            {
                ulong next = 0;
                if (_at < _data.Length && _data[_at] != Fill) next = _data[_at++];
                else if (_at + 1 < _data.Length && _data[_at] == Fill && _data[_at + 1] == 0) (next, _at) = (Fill, _at + 2);
                else _missing += 8;
                _bits |= next << (56 - _count);
                _count += 8;
            }
        }
    }
}
