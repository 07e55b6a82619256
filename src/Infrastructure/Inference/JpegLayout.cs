using System.Buffers.Binary;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>How a JPEG is laid out: read from its markers (ITU-T T.81, annex B), at the speed of memory and without decoding anything.</summary>
/// <param name="Scans">Passes over the picture's coefficients.</param>
internal readonly record struct JpegLayout(int Scans)
{
    private const byte Fill = 0xFF, StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, FirstWithContent = 0xC0;

    public static JpegLayout Read(ReadOnlySpan<byte> jpeg)
    {
        var scans = 0;
        while (NextMarker(ref jpeg) is { } marker)
        {
            if (marker == EndOfImage) break;
            if (marker == StartOfScan) scans++;
            if (HasContent(marker) && jpeg.Length >= 2) jpeg = jpeg[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(jpeg), jpeg.Length)..];
        }
        return new(scans);
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
