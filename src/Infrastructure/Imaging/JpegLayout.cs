using System.Buffers.Binary;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// How a JPEG is laid out: read from its markers (ITU-T T.81, annex B), at the speed of memory and without decoding anything.
/// </summary>
/// <param name="Scans">Passes over the picture's coefficients.</param>
/// <param name="HasEnd">Whether the marker of the picture's end is there.</param>
/// <param name="IsOnePass">Whether a baseline picture's one scan holds all of its colours: then its data alone tell whether they are
/// complete.</param>
internal readonly record struct JpegLayout(int Scans, bool HasEnd, bool IsOnePass)
{
    private const byte Fill = 0xFF, StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, FirstWithContent = 0xC0;

    private const byte BaselineFrame = 0xC0, ExtendedFrame = 0xC1;

    // Behind the length: precision, height and width of a frame stand before the number of its components, nothing before that of a scan.
    private const int ComponentsInFrameAt = 7, ComponentsInScanAt = 2;

    public static JpegLayout Read(ReadOnlySpan<byte> jpeg)
    {
        int scans = 0, inFrame = 0, inScan = 0;
        var hasEnd = false;
        while (NextMarker(ref jpeg) is { } marker)
        {
            hasEnd = marker == EndOfImage;
            if (hasEnd) break;
            if (marker is BaselineFrame or ExtendedFrame && jpeg.Length > ComponentsInFrameAt) inFrame = jpeg[ComponentsInFrameAt];
            if (marker == StartOfScan)
            {
                scans++;
                if (jpeg.Length > ComponentsInScanAt) inScan = jpeg[ComponentsInScanAt];
            }
            if (HasContent(marker) && jpeg.Length >= 2) jpeg = jpeg[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(jpeg), jpeg.Length)..];
        }
        return new(scans, hasEnd, scans == 1 && inFrame > 0 && inFrame == inScan);
    }

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

    // Restart markers stand alone, and what is below 0xC0 no decoder takes.
    private static bool HasContent(byte marker) => marker is >= FirstWithContent and not (>= 0xD0 and <= StartOfImage);
}
