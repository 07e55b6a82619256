using System.Buffers.Binary;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// What a file of the HEIF family says about itself in its outermost boxes (ISO/IEC 14496-12, 4.2 and 4.3): read without decoding anything.
/// </summary>
/// <param name="IsSequence">Whether it holds, or is said to be, a sequence of pictures.</param>
internal readonly record struct HeifLayout(ImageFormat Format, bool IsSequence)
{
    private const int HeaderLength = 8, MostBoxes = 64, MostBrands = 32;

    /// <returns>Null for what is no AVIF and no HEIC.</returns>
    public static HeifLayout? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 2 * HeaderLength || !file[4..].StartsWith("ftyp"u8)) return null;
        var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(file), (uint)file.Length);
        if (length < 2 * HeaderLength) return null;

        ImageFormat? format = null;
        // The major brand, its version, and the brands that the file is compatible with.
        for (var (at, brands) = (HeaderLength, 0); at + 4 <= length && brands < MostBrands && format is null; at += 4, brands++)
        {
            if (at == HeaderLength + 4) continue;
            format = FormatOf(file.Slice(at, 4));
        }
        if (format is not { } known) return null;
        return new(known, IsBrandOfSequence(file.Slice(HeaderLength, 4)) || HasMovie(file));
    }

    private static ImageFormat? FormatOf(ReadOnlySpan<byte> brand)
    {
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8)) return ImageFormat.Avif;
        // HEVC in its profiles, stills and sequences.
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) ? ImageFormat.Heic : null;
    }

    private static bool IsBrandOfSequence(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avis"u8) || brand.SequenceEqual("msf1"u8) || brand.StartsWith("hev"u8);

    private static bool HasMovie(ReadOnlySpan<byte> file)
    {
        for (var boxes = 0; boxes < MostBoxes && file.Length >= HeaderLength; boxes++)
        {
            if (file[4..].StartsWith("moov"u8)) return true;
            ulong length = BinaryPrimitives.ReadUInt32BigEndian(file);
            // 1: the length follows in eight bytes; 0: up to the end.
            if (length == 1 && file.Length >= 2 * HeaderLength) length = BinaryPrimitives.ReadUInt64BigEndian(file[HeaderLength..]);
            if (length < HeaderLength || length >= (ulong)file.Length) return false;
            file = file[(int)length..];
        }
        return false;
    }
}
