using System.Buffers.Binary;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// How a JPEG is laid out: read from its markers (ITU-T T.81, annex B), at the speed of memory and without decoding anything.
/// </summary>
/// <param name="Scans">Passes over the picture's coefficients.</param>
/// <param name="HasEnd">Whether the marker of the picture's end is there.</param>
/// <param name="IsOnePass">Whether a baseline picture's one scan holds all of its colours: then its data alone tell whether they are
/// complete.</param>
/// <param name="Plain">Width and height of a picture about which there is nothing else to know: baseline, 8 bits, grey or in three colours,
/// with one frame and one scan, and upright for certain; null of any other.</param>
internal readonly record struct JpegLayout(int Scans, bool HasEnd, bool IsOnePass, (int Width, int Height)? Plain)
{
    private const byte Fill = 0xFF, StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, FirstWithContent = 0xC0;

    private const byte BaselineFrame = 0xC0, ExtendedFrame = 0xC1, LastFrame = 0xCF, HuffmanTables = 0xC4, ArithmeticTables = 0xCC;

    private const byte Exif = 0xE1;

    // Behind the length: precision, height and width of a frame stand before the number of its components, nothing before that of a scan.
    private const int ComponentsInFrameAt = 7, ComponentsInScanAt = 2;

    public static JpegLayout Read(ReadOnlySpan<byte> jpeg)
    {
        int scans = 0, inFrame = 0, inScan = 0;
        var (hasEnd, frames, isPlain) = (false, 0, true);
        (int Width, int Height) size = default;
        while (NextMarker(ref jpeg) is { } marker)
        {
            hasEnd = marker == EndOfImage;
            if (hasEnd) break;
            if (marker is BaselineFrame or ExtendedFrame && jpeg.Length > ComponentsInFrameAt) inFrame = jpeg[ComponentsInFrameAt];
            if (IsFrame(marker))
            {
                frames++;
                isPlain &= marker == BaselineFrame && scans == 0 && jpeg.Length > ComponentsInFrameAt && jpeg[2] == 8
                    && jpeg[ComponentsInFrameAt] is 1 or 3;
                if (isPlain) size = (BinaryPrimitives.ReadUInt16BigEndian(jpeg[5..]), BinaryPrimitives.ReadUInt16BigEndian(jpeg[3..]));
            }
            isPlain &= marker != Exif || ExifOrientation.IsUpright(ContentOf(jpeg));
            if (marker == StartOfScan)
            {
                scans++;
                if (jpeg.Length > ComponentsInScanAt) inScan = jpeg[ComponentsInScanAt];
            }
            if (HasContent(marker) && jpeg.Length >= 2) jpeg = jpeg[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(jpeg), jpeg.Length)..];
        }
        var isOnePass = scans == 1 && inFrame > 0 && inFrame == inScan;
        isPlain &= frames == 1 && isOnePass && size is { Width: > 0, Height: > 0 };
        return new(scans, hasEnd, isOnePass, isPlain ? size : null);
    }

    // ITU-T T.81, table B.1: between the frames stand two kinds of tables and a reserved marker.
    private static bool IsFrame(byte marker) =>
        marker is >= BaselineFrame and <= LastFrame and not (HuffmanTables or 0xC8 or ArithmeticTables);

    /// <summary>Passes over coded data, in which 0xFF 0x00 stands for the byte 0xFF, up to behind the next marker.</summary>
    private static byte? NextMarker(ref ReadOnlySpan<byte> rest)
    {
        while (rest.IndexOf(Fill) is var at and >= 0)
        {
            rest = rest[at..];
            var behind = rest.IndexOfAnyExcept(Fill);
            if (behind < 0) return null;
            var marker = rest[behind];
            rest = rest[(behind + 1)..];
            if (marker != 0) return marker;
        }
        return null;
    }

    /// <param name="jpeg">From the segment's length on.</param>
    private static ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> jpeg) =>
        jpeg.Length < 2 ? [] : jpeg[2..Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(jpeg), 2, jpeg.Length)];

    // Restart markers stand alone, and what is below 0xC0 no decoder takes.
    private static bool HasContent(byte marker) => marker is >= FirstWithContent and not (>= 0xD0 and <= StartOfImage);
}
