using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// Whether a HEIC can be decoded within bounds, read from its boxes (ISO/IEC 14496-12, 14496-15 and 23008-12) and from the sequence
/// parameter sets of its HEVC (ITU-T H.265, 7.3.2.2) without decoding anything. The operating system's libheif believes a file's pictures,
/// and they may be of any size and number: so those are counted here first, where they are written that the decoder reads, and what cannot
/// be counted is not decoded.
/// </summary>
internal static class HeicGuard
{
    // A picture of 48 megapixels has 192 tiles; beside them there are thumbnails, maps and texts.
    private const int MostItems = 1024;

    // Pixels of all pictures in the file together, of which a decoder takes the first one and what it is composed of: the tiles, a
    // thumbnail, maps.
    private const long MostPixelsInAll = 4L * ImageDecoder.MostPixelsHeldWhole;

    private const int FullBox = 4;

    /// <returns>Whether the primary picture is one of HEVC, or a grid of such, and all pictures stay within the bounds.</returns>
    public static bool IsBounded(ReadOnlySpan<byte> file)
    {
        var meta = new Reader(Find(new Reader(file), "meta"u8, out var metas));
        if (metas != 1) return false;
        meta.Skip(FullBox);
        if (ReadTypes(meta) is not { } types || ReadProperties(file, meta) is not { } properties
            || ReadLocations(meta, file.Length) is not { } locations) return false;
        if (ReadTiles(meta) is not { } tiles || ReadPrimary(meta) is not { } primary) return false;
        if (!types.TryGetValue(primary, out var type) || type is not ("hvc1" or "grid")) return false;

        var sizes = new Dictionary<uint, long>();
        long pixels = 0;
        foreach (var (id, kind) in types)
        {
            // An overlay or a copy refers to pictures that are composed in their turn, without end.
            if (kind is "iovl" or "iden" or "av01" or "hev1" or "lhv1" or "jpeg" or "j2k1" or "unci" or "vvc1" or "avc1") return false;
            if (kind != "hvc1") continue;
            if (!properties.TryGetValue(id, out var property)
                || SizeOf(file, meta, property, locations.GetValueOrDefault(id)) is not { } size) return false;
            sizes[id] = size;
            pixels += size;
        }
        foreach (var (id, kind) in types)
        {
            if (kind != "grid") continue;
            if (!tiles.TryGetValue(id, out var of)) return false;
            foreach (var tile in of)
            {
                if (!sizes.TryGetValue(tile, out var size)) return false;
                pixels += size;
            }
        }
        return pixels <= MostPixelsInAll;
    }

    /// <summary>Pixels of a picture as its coded data have it; null when that cannot be told, or is too much.</summary>
    private static long? SizeOf(ReadOnlySpan<byte> file, Reader meta, (int At, int Length) hvcC, (bool IsInIdat, long At, long Length) data)
    {
        const int ArraysAt = 22, ParameterSets = 33;
        if (data.Length == 0 || hvcC.Length <= ArraysAt) return null;
        var configuration = file.Slice(hvcC.At, hvcC.Length);
        // The decoder takes lengths of four bytes, whatever is written here.
        if ((configuration[ArraysAt - 1] & 3) != 3) return null;

        long? size = null;
        var sets = new Reader(configuration[ArraysAt..]);
        for (var arrays = sets.Byte(); arrays > 0; arrays--)
        {
            sets.Skip(1);
            for (var units = sets.Number(2); units > 0 && !sets.IsOver; units--)
            {
                var unit = sets.Bytes((int)sets.Number(2));
                if (unit.Length < 2 || ((unit[0] >> 1) & 0x3F) != ParameterSets) continue;
                if (SequenceParameters.Read(unit[2..]) is not var (width, height)) return null;
                if (width > ImageDecoder.MostSide || height > ImageDecoder.MostSide
                    || (long)width * height > ImageDecoder.MostPixelsHeldWhole) return null;
                size = Math.Max(size ?? 0, (long)width * height);
            }
        }
        if (sets.IsOver || size is null) return null;

        var whole = data.IsInIdat ? Find(meta, "idat"u8, out _) : file;
        if (data.At > whole.Length || data.Length > whole.Length - data.At) return null;
        var coded = new Reader(whole.Slice((int)data.At, (int)data.Length));
        while (coded.Left > 0)
        {
            var unit = coded.Bytes((int)Math.Min(coded.Number(4), int.MaxValue));
            // Parameter sets among the data would take the place of those that were read above (32 to 34); no still has them there.
            if (coded.IsOver || unit.Length < 2 || ((unit[0] >> 1) & 0x3F) is >= 32 and <= 34) return null;
        }
        return size;
    }

    private static uint? ReadPrimary(Reader meta)
    {
        var box = new Reader(Find(meta, "pitm"u8, out var boxes));
        var version = box.Byte();
        box.Skip(3);
        var id = (uint)box.Number(version == 0 ? 2 : 4);
        return boxes == 1 && !box.IsOver ? id : null;
    }

    /// <summary>The kind of every item, by its number.</summary>
    private static Dictionary<uint, string>? ReadTypes(Reader meta)
    {
        var box = new Reader(Find(meta, "iinf"u8, out var boxes));
        var version = box.Byte();
        box.Skip(3);
        box.Skip(version == 0 ? 2 : 4);
        var types = new Dictionary<uint, string>();
        while (boxes == 1 && box.Next(out var type, out var content))
        {
            if (!type.SequenceEqual("infe"u8)) continue;
            var entry = new Reader(content);
            var of = entry.Byte();
            entry.Skip(3);
            var id = (uint)entry.Number(of == 3 ? 4 : 2);
            entry.Skip(2);
            var kind = entry.Bytes(4);
            if (of is not (2 or 3) || entry.IsOver || types.Count == MostItems || !types.TryAdd(id, Encoding.Latin1.GetString(kind)))
                return null;
        }
        return boxes == 1 && types.Count > 0 ? types : null;
    }

    /// <summary>Where in the file each item's HEVC configuration stands; an item with several has none.</summary>
    private static Dictionary<uint, (int At, int Length)>? ReadProperties(ReadOnlySpan<byte> file, Reader meta)
    {
        var box = new Reader(Find(meta, "iprp"u8, out var boxes));
        if (boxes != 1) return null;
        var configurations = new List<(int At, int Length)>();
        var container = new Reader(Find(box, "ipco"u8, out var containers));
        while (container.Next(out var type, out var content))
        {
            if (configurations.Count == MostItems) return null;
            configurations.Add(type.SequenceEqual("hvcC"u8) ? (OffsetOf(content, file), content.Length) : default);
        }

        var of = new Dictionary<uint, (int At, int Length)>();
        var map = new Reader(Find(box, "ipma"u8, out var maps));
        var version = map.Byte();
        var hasWideIndex = (map.Number(3) & 1) != 0;
        for (var entries = map.Number(4); entries > 0 && !map.IsOver; entries--)
        {
            var id = (uint)map.Number(version == 0 ? 2 : 4);
            (int At, int Length) found = default;
            for (int count = map.Byte(); count > 0; count--)
            {
                var index = (int)(map.Number(hasWideIndex ? 2 : 1) & (hasWideIndex ? 0x7FFFUL : 0x7F)) - 1;
                if (index < 0 || index >= configurations.Count || configurations[index].Length == 0) continue;
                if (found.Length != 0) return null;
                found = configurations[index];
            }
            if (!of.TryAdd(id, found)) return null;
        }
        return containers == 1 && maps == 1 && !map.IsOver ? of : null;
    }

    /// <summary>Of which items each derived one is composed.</summary>
    private static Dictionary<uint, List<uint>>? ReadTiles(Reader meta)
    {
        var tiles = new Dictionary<uint, List<uint>>();
        var box = new Reader(Find(meta, "iref"u8, out var boxes));
        if (boxes == 0) return tiles;
        var width = box.Byte() == 0 ? 2 : 4;
        box.Skip(3);
        while (boxes == 1 && box.Next(out var type, out var content))
        {
            if (!type.SequenceEqual("dimg"u8)) continue;
            var reference = new Reader(content);
            var from = (uint)reference.Number(width);
            var count = (int)reference.Number(2);
            if (count > MostItems) return null;
            var to = new List<uint>(count);
            for (; count > 0; count--) to.Add((uint)reference.Number(width));
            if (reference.IsOver || !tiles.TryAdd(from, to)) return null;
        }
        return boxes == 1 ? tiles : null;
    }

    /// <summary>Where each item's data lie, in one piece; an item in several pieces has none.</summary>
    private static Dictionary<uint, (bool IsInIdat, long At, long Length)>? ReadLocations(Reader meta, int fileLength)
    {
        var box = new Reader(Find(meta, "iloc"u8, out var boxes));
        var version = box.Byte();
        box.Skip(3);
        var widths = (int)box.Number(2);
        int offset = widths >> 12, length = (widths >> 8) & 15, @base = (widths >> 4) & 15, index = version == 0 ? 0 : widths & 15;
        if (boxes != 1 || version > 2 || new[] { offset, length, @base, index }.Any(w => w is not (0 or 4 or 8))) return null;

        var locations = new Dictionary<uint, (bool, long, long)>();
        for (var items = box.Number(version == 2 ? 4 : 2); items > 0 && !box.IsOver; items--)
        {
            var id = (uint)box.Number(version == 2 ? 4 : 2);
            var method = version == 0 ? 0 : (int)box.Number(2) & 15;
            var elsewhere = box.Number(2) != 0;
            var start = box.Number(@base);
            (bool, long, long) location = default;
            var extents = box.Number(2);
            for (var i = 0UL; i < extents && !box.IsOver; i++)
            {
                box.Skip(index);
                var (at, size) = (box.Number(offset), box.Number(length));
                var isInside = start <= (ulong)fileLength && at <= (ulong)fileLength && size <= (ulong)fileLength;
                location = extents == 1 && method <= 1 && !elsewhere && isInside ? (method == 1, (long)(start + at), (long)size) : default;
            }
            if (!locations.TryAdd(id, location)) return null;
        }
        return box.IsOver ? null : locations;
    }

    /// <summary>The content of the box of that type.</summary>
    /// <param name="found">How many there are.</param>
    private static ReadOnlySpan<byte> Find(Reader within, ReadOnlySpan<byte> wanted, out int found)
    {
        ReadOnlySpan<byte> box = default;
        found = 0;
        while (within.Next(out var type, out var content))
        {
            if (!type.SequenceEqual(wanted)) continue;
            if (found++ == 0) box = content;
        }
        return box;
    }

    private static int OffsetOf(ReadOnlySpan<byte> part, ReadOnlySpan<byte> file) =>
        (int)Unsafe.ByteOffset(ref MemoryMarshal.GetReference(file), ref MemoryMarshal.GetReference(part));

    /// <summary>Reads forwards; past the end everything is zero and <see cref="IsOver"/> says so.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _whole = bytes;
        private ReadOnlySpan<byte> _rest = bytes;

        public bool IsOver { get; private set; }

        public readonly int Left => _rest.Length;

        public byte Byte() => (byte)Number(1);

        public ulong Number(int width)
        {
            ulong number = 0;
            foreach (var b in Bytes(width)) number = (number << 8) | b;
            return number;
        }

        public void Skip(int count) => Bytes(count);

        public ReadOnlySpan<byte> Bytes(int count)
        {
            if (count < 0 || count > _rest.Length)
            {
                IsOver = true;
                _rest = default;
                return default;
            }
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        /// <summary>The next box.</summary>
        /// <returns>False at the end, and where no whole box follows.</returns>
        public bool Next(out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
        {
            type = content = default;
            if (_rest.Length < 8) return false;
            var whole = _rest;
            ulong length = Number(4);
            type = Bytes(4);
            if (length == 1) length = Number(8);
            else if (length == 0) length = (ulong)whole.Length;
            var header = whole.Length - _rest.Length;
            if (IsOver || length < (ulong)header || length > (ulong)whole.Length) return false;
            content = Bytes((int)length - header);
            return true;
        }
    }
}
