using System.Buffers.Binary;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>A component of a JPEG's scan.</summary>
/// <param name="Across">Blocks in a unit, side by side.</param>
/// <param name="Down">Blocks in a unit, below one another.</param>
/// <param name="FirstTable">Of Huffman codes, for a block's first coefficient.</param>
internal readonly record struct JpegComponent(byte Id, int Across, int Down, int Quantization, int FirstTable = 0, int OtherTable = 0);

/// <summary>What a baseline JPEG says before its scan (ITU-T T.81, annex B). For one thread at a time; used again for the next.</summary>
internal sealed class JpegTables
{
    public const int MostComponents = 3;

    private const byte HuffmanTables = 0xC4, QuantizationTables = 0xDB, RestartInterval = 0xDD, Comment = 0xFE, Baseline = 0xC0,
        Extended = 0xC1, FirstOfApplications = 0xE0, LastOfApplications = 0xEF, Exif = 0xE1, Adobe = 0xEE;

    private const int Tables = 4, MostBlocksOfUnit = 10;

    private readonly JpegCodes[] _first = [new(), new(), new(), new()];
    private readonly JpegCodes[] _others = [new(), new(), new(), new()];
    private readonly int[] _steps = new int[Tables];
    private readonly JpegComponent[] _components = new JpegComponent[MostComponents];
    private bool _isAdobe;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public int Components { get; private set; }

    /// <summary>Units between two markers; 0 without them.</summary>
    public int Restart { get; private set; }

    /// <summary>By which luma's first coefficients are multiplied.</summary>
    public int LumaStep => _steps[_components[0].Quantization];

    /// <summary>Of blocks, as luma has them at every place and the others at some.</summary>
    public int UnitsAcross => (Width + (8 * _components[0].Across) - 1) / (8 * _components[0].Across);

    public int UnitsDown => (Height + (8 * _components[0].Down) - 1) / (8 * _components[0].Down);

    public ref readonly JpegComponent Component(int index) => ref _components[index];

    public JpegCodes First(int table) => _first[table];

    public JpegCodes Others(int table) => _others[table];

    public void Clear()
    {
        (Width, Height, Components, Restart, _isAdobe) = (0, 0, 0, 0, false);
        Array.Clear(_steps);
        foreach (var codes in _first) codes.Clear();
        foreach (var codes in _others) codes.Clear();
    }

    /// <returns>Whether it is nothing that only a decoder understands.</returns>
    public bool TryTake(byte marker, ReadOnlySpan<byte> content)
    {
        switch (marker)
        {
            case Baseline or Extended:
                return TryTakeFrame(content);
            case HuffmanTables:
                return TryTakeHuffman(content);
            case QuantizationTables:
                return TryTakeQuantization(content);
            case RestartInterval:
                Restart = content.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(content) : 0;
                return content.Length == 2;
            case Exif:
                return ExifOrientation.IsUpright(content);
            case Adobe:
                // Its last byte says how colours are written: 1 is luma and chroma.
                _isAdobe = content.StartsWith("Adobe"u8);
                return !_isAdobe || (content.Length >= 12 && content[11] == 1);
            default:
                return marker is Comment or (>= FirstOfApplications and <= LastOfApplications);
        }
    }

    /// <returns>Whether it holds all components, whole, and every table that they name is there.</returns>
    public bool TryTakeScan(ReadOnlySpan<byte> content)
    {
        if (Components == 0 || content.Length != 4 + (2 * Components) || content[0] != Components) return false;
        // All coefficients, in one pass.
        if (content[^3] != 0 || content[^2] != 63 || content[^1] != 0) return false;
        for (var c = 0; c < Components; c++)
        {
            int first = content[2 + (2 * c)] >> 4, other = content[2 + (2 * c)] & 15;
            if (content[1 + (2 * c)] != _components[c].Id || first >= Tables || other >= Tables) return false;
            if (_first[first].IsEmpty || _others[other].IsEmpty) return false;
            _components[c] = _components[c] with { FirstTable = first, OtherTable = other };
        }
        return LumaStep > 0;
    }

    private bool TryTakeFrame(ReadOnlySpan<byte> content)
    {
        if (Components > 0 || content.Length < 6 || content[0] != 8) return false;
        var (height, width, components) =
            (BinaryPrimitives.ReadUInt16BigEndian(content[1..]), BinaryPrimitives.ReadUInt16BigEndian(content[3..]), content[5]);
        if (width is 0 or > JpegLuma.MostSide || height is 0 or > JpegLuma.MostSide) return false;
        if (components is not (1 or 3) || content.Length != 6 + (3 * components)) return false;
        var blocks = 0;
        for (var c = 0; c < components; c++)
        {
            var of = content.Slice(6 + (3 * c), 3);
            int across = of[1] >> 4, down = of[1] & 15;
            // The scan of a single component has its blocks one by one, whatever is said of them.
            if (components == 1) (across, down) = (1, 1);
            if (across is < 1 or > 4 || down is < 1 or > 4 || of[2] >= Tables) return false;
            _components[c] = new(of[0], across, down, of[2]);
            if (across > _components[0].Across || down > _components[0].Down) return false;
            blocks += across * down;
        }
        // Without a word from Adobe or JFIF, components of these names are red, green and blue.
        var isRgb = components == 3 && _components[0].Id == 'R' && _components[1].Id == 'G' && _components[2].Id == 'B';
        if (blocks > MostBlocksOfUnit || isRgb) return false;
        (Width, Height, Components) = (width, height, components);
        return true;
    }

    private bool TryTakeQuantization(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            int bytes = (content[0] >> 4) + 1, table = content[0] & 15;
            if (bytes > 2 || table >= Tables || content.Length < 1 + (64 * bytes)) return false;
            _steps[table] = bytes == 1 ? content[1] : BinaryPrimitives.ReadUInt16BigEndian(content[1..]);
            content = content[(1 + (64 * bytes))..];
        }
        return true;
    }

    private bool TryTakeHuffman(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            int kind = content[0] >> 4, table = content[0] & 15;
            if (kind > 1 || table >= Tables || content.Length < 17) return false;
            var count = 0;
            foreach (var of in content.Slice(1, 16)) count += of;
            if (count > 256 || content.Length < 17 + count) return false;
            var codes = (kind == 0 ? _first : _others)[table];
            if (!codes.TryMake(content.Slice(1, 16), content.Slice(17, count), isFirst: kind == 0)) return false;
            content = content[(17 + count)..];
        }
        return true;
    }
}

/// <summary>A table of Huffman codes (annex C), made to pass over coefficients rather than to read them.</summary>
internal sealed class JpegCodes
{
    /// <summary>Codes of so many bits are found at once.</summary>
    public const int QuickBits = 11;

    private const int LongestCode = 16;

    private readonly int[] _endOf = new int[LongestCode + 1];
    private readonly int[] _symbolOf = new int[LongestCode + 1];
    private readonly byte[] _counts = new byte[LongestCode];
    private readonly byte[] _symbols = new byte[256];
    private int _count;
    private bool _isFirst;

    public bool IsEmpty { get; private set; } = true;

    /// <summary>By the next bits; <see cref="Entry.IsNone"/> where the code is longer, or none.</summary>
    public Entry[] Entries { get; } = new Entry[1 << QuickBits];

    public void Clear() => IsEmpty = true;

    /// <param name="counts">Codes of 1 to 16 bits.</param>
    /// <returns>False where they are no code.</returns>
    public bool TryMake(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool isFirst)
    {
        // A camera sends the same with every picture.
        if (_count > 0 && symbols.SequenceEqual(_symbols.AsSpan(0, _count)) && counts.SequenceEqual(_counts) && isFirst == _isFirst)
        {
            IsEmpty = false;
            return true;
        }
        (IsEmpty, _count, _isFirst) = (true, 0, isFirst);
        counts.CopyTo(_counts);
        symbols.CopyTo(_symbols);
        Entries.AsSpan().Clear();
        int code = 0, symbol = 0;
        for (var bits = 1; bits <= LongestCode; bits++, code <<= 1)
        {
            _symbolOf[bits] = symbol - code;
            for (var i = 0; i < counts[bits - 1]; i++, code++, symbol++)
            {
                if (code >= 1 << bits) return false;
                if (EntryOf(_symbols[symbol], bits) is not { } entry) return false;
                if (bits <= QuickBits) Entries.AsSpan(code << (QuickBits - bits), 1 << (QuickBits - bits)).Fill(entry);
            }
            _endOf[bits] = code;
        }
        if (!isFirst) JoinPairs();
        (IsEmpty, _count) = (symbol == 0, symbol);
        return true;
    }

    /// <summary>The entry of a code that is longer than what is found at once.</summary>
    /// <param name="next">The bits that follow, from the highest on.</param>
    public bool TryFind(ulong next, out Entry entry)
    {
        for (var bits = QuickBits + 1; bits <= LongestCode; bits++)
        {
            var code = (int)(next >> (64 - bits));
            if (code >= _endOf[bits]) continue;
            var symbol = code + _symbolOf[bits];
            // Shorter codes come first, and none of them begins like this one.
            if (symbol < 0) break;
            entry = EntryOf(_symbols[symbol], bits)!.Value;
            return true;
        }
        entry = default;
        return false;
    }

    /// <summary>Where the code after a coefficient shows too, both are passed over at once.</summary>
    private void JoinPairs()
    {
        var single = (Entry[])Entries.Clone();
        for (var bits = 0; bits < Entries.Length; bits++)
        {
            var first = single[bits];
            if (first.IsNone || first.Bits >= QuickBits || first.GoesOn >= Entry.Rest) continue;
            // Of the second, what does not show is taken for zeros: only a code that shows whole is sure.
            var second = single[(bits << first.Bits) & (Entries.Length - 1)];
            if (second.IsNone || CodeBitsOf((bits << first.Bits) & (Entries.Length - 1)) > QuickBits - first.Bits) continue;
            Entries[bits] = new(first.Bits, first.GoesOn, first.Bits + second.Bits, first.GoesOn + second.GoesOn);
        }
    }

    /// <returns>Null for what no baseline JPEG holds.</returns>
    private Entry? EntryOf(byte symbol, int bits)
    {
        // Differences of first coefficients have up to 11 bits, others up to 10.
        if (_isFirst) return symbol <= 11 ? new Entry(bits, symbol, bits, symbol) : null;
        const int EndOfBlock = 0x00, SixteenZeros = 0xF0;
        int run = symbol >> 4, size = symbol & 15;
        if (size > 10 || (size == 0 && symbol is not (EndOfBlock or SixteenZeros))) return null;
        var goesOn = symbol == EndOfBlock ? Entry.Rest : run + 1;
        return new(bits + size, goesOn, bits + size, goesOn);
    }

    /// <returns>How many of these bits are the code that they begin with.</returns>
    private int CodeBitsOf(int quick)
    {
        for (var bits = 1; bits <= QuickBits; bits++)
        {
            if (quick >> (QuickBits - bits) < _endOf[bits]) return bits;
        }
        return LongestCode;
    }

    /// <summary>What is passed over at once, in one word.</summary>
    internal readonly struct Entry
    {
        /// <summary>A step that ends the block.</summary>
        public const int Rest = 64;

        private readonly uint _packed;

        /// <param name="bits">Of code and coefficient together; of a first coefficient, of its code alone.</param>
        /// <param name="goesOn">By how many coefficients; of a first coefficient, its size in bits.</param>
        /// <param name="pairBits">The same of it and the next, where that shows too.</param>
        /// <param name="pairGoesOn">As <paramref name="goesOn"/>, of both.</param>
        public Entry(int bits, int goesOn, int pairBits, int pairGoesOn) =>
            _packed = (uint)pairBits | ((uint)pairGoesOn << 8) | ((uint)bits << 16) | ((uint)goesOn << 24);

        public bool IsNone => _packed == 0;

        public int PairBits => (int)(_packed & 0xFF);

        public int PairGoesOn => (int)((_packed >> 8) & 0xFF);

        public int Bits => (int)((_packed >> 16) & 0xFF);

        public int GoesOn => (int)(_packed >> 24);
    }
}

/// <summary>What a picture's EXIF says of its orientation.</summary>
internal static class ExifOrientation
{
    /// <param name="content">Of a JPEG's segment APP1.</param>
    /// <returns>Whether it is upright for certain: it says so, or says nothing.</returns>
    public static bool IsUpright(ReadOnlySpan<byte> content)
    {
        const ushort Orientation = 0x0112, Short = 3;
        const int EntryLength = 12;
        if (!content.StartsWith("Exif\0\0"u8)) return true;
        var tiff = content[6..];
        if (tiff.Length < 8) return false;
        var isLittle = tiff.StartsWith("II"u8);
        if (!isLittle && !tiff.StartsWith("MM"u8)) return false;
        var directory = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2) return false;
        var rest = tiff[(int)directory..];
        var entries = Number(rest);
        rest = rest[2..];
        if (rest.Length < entries * EntryLength) return false;
        for (var i = 0; i < entries; i++)
        {
            var entry = rest.Slice(i * EntryLength, EntryLength);
            if (Number(entry) == Orientation) return Number(entry[2..]) == Short && Number(entry[8..]) == 1;
        }
        return true;

        ushort Number(ReadOnlySpan<byte> at) =>
            isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
    }
}
