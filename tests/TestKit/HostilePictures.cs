using System.Buffers.Binary;

namespace FaceAttendance.TestKit;

/// <summary>Pictures that obey their format and cost far more than their size: what an attacker would send, made here so that none has to
/// be stored.</summary>
public static class HostilePictures
{
    // One symbol of one bit each: the DC difference of nothing, and the longest run of blocks without another AC coefficient (14 more
    // bits).
    private const byte NoDifference = 0x00;
    private const byte LongestRun = 0xE0;
    private const int BlocksOfLongestRun = 32_767;

    /// <summary>
    /// A grey progressive JPEG with any number of scans: one of the DC coefficients, then for each AC coefficient its highest bit and the
    /// bits below, each of which says in a few bytes for every block of the picture that nothing changes.
    /// </summary>
    /// <param name="scans">1 to 800.</param>
    public static byte[] ManyScans(int width, int height, int scans, bool arithmetic = false)
    {
        const int FirstBit = 12;
        var blocks = ((width + 7) / 8) * ((height + 7) / 8);
        var file = new List<byte>();
        Begin(file, width, height, arithmetic ? (byte)0xCA : (byte)0xC2);
        Scan(file, 0, 0, 0, 0, arithmetic ? [] : Zeros(blocks));
        var runs = arithmetic ? [] : Runs(blocks);
        for (var i = 1; i < scans; i++)
        {
            int coefficient = 1 + ((i - 1) / (FirstBit + 1)), bit = FirstBit - ((i - 1) % (FirstBit + 1));
            Scan(file, coefficient, coefficient, bit == FirstBit ? 0 : bit + 1, bit, runs);
        }
        file.AddRange([0xFF, 0xD9]);
        return [.. file];
    }

    /// <summary>A JPEG with segments before its frame.</summary>
    public static byte[] ManySegments(byte[] jpeg, int count, byte marker, ReadOnlySpan<byte> content)
    {
        var file = new List<byte>(jpeg[..2]);
        for (var i = 0; i < count; i++) Segment(file, marker, content);
        file.AddRange(jpeg[2..]);
        return [.. file];
    }

    private static void Begin(List<byte> file, int width, int height, byte frame)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(size.AsSpan(2), (ushort)width);
        file.AddRange([0xFF, 0xD8]);
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        Segment(file, frame, [8, .. size, 1, 1, 0x11, 0]);
        Segment(file, 0xC4, [0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NoDifference]);
        Segment(file, 0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, LongestRun]);
    }

    private static void Scan(List<byte> file, int from, int to, int high, int low, byte[] data)
    {
        Segment(file, 0xDA, [1, 1, 0, (byte)from, (byte)to, (byte)((high << 4) | low)]);
        file.AddRange(data);
    }

    private static void Segment(List<byte> file, byte marker, ReadOnlySpan<byte> content)
    {
        var length = content.Length + 2;
        file.AddRange([0xFF, marker, (byte)(length >> 8), (byte)length]);
        file.AddRange(content);
    }

    private static byte[] Zeros(int bits)
    {
        var zeros = new byte[(bits + 7) / 8];
        // The rest of the last byte is ones, as the format asks.
        if (bits % 8 > 0) zeros[^1] = (byte)(0xFF >> (bits % 8));
        return zeros;
    }

    private static byte[] Runs(int blocks)
    {
        var data = new List<byte>();
        int held = 0, bits = 0;
        void Put(int value, int count)
        {
            for (var i = count - 1; i >= 0; i--)
            {
                held = (held << 1) | ((value >> i) & 1);
                if (++bits < 8) continue;
                data.Add((byte)held);
                if (held == 0xFF) data.Add(0);
                (held, bits) = (0, 0);
            }
        }

        for (; blocks > 0; blocks -= BlocksOfLongestRun)
        {
            Put(0, 1);
            Put(0x3FFF, 14);
        }
        if (bits > 0) Put(0x7F, 8 - bits);
        return [.. data];
    }
}
