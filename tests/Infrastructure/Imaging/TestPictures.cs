using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Imaging.Native;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

/// <summary>Pictures of every kind, made here so that none has to be stored.</summary>
internal static class TestPictures
{
    // vips/image.h: VipsBandFormat and VipsInterpretation.
    public const int UShort = 2;
    public const int Cmyk = 15;
    public const int Grey16 = 26;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int CopyWithOption(nint image, out nint result, [MarshalAs(UnmanagedType.LPStr)] string option, int value, nint end);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetInt(nint image, [MarshalAs(UnmanagedType.LPStr)] string field, int value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int CountAllocations();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Free(nint memory);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint NewFromBuffer(nint buffer, nuint length, [MarshalAs(UnmanagedType.LPStr)] string options, nint end);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint WriteToMemory(nint image, out nuint length);

    /// <summary>Blocks of memory that libvips holds at the moment.</summary>
    public static int NativeAllocations => Export<CountAllocations>("vips_tracked_get_allocs")();

    /// <summary>Red, green / blue, yellow: no turning or mirroring leaves it as it is.</summary>
    public static ImageCanvas Quadrants(int width, int height)
    {
        var canvas = ImageCanvas.Blank(width, height, new(255, 0, 0));
        canvas.FillRectangle(new(0, width, height / 2, width / 2), new(0, 255, 0));
        canvas.FillRectangle(new(height / 2, width / 2, height, 0), new(0, 0, 255));
        canvas.FillRectangle(new(height / 2, width, height, width / 2), new(255, 255, 0));
        return canvas;
    }

    /// <summary>Soft gradients with some noise, so that an encoder has something to do.</summary>
    public static ImageCanvas Texture(int width, int height, int seed)
    {
        var random = new Random(seed);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            int x = i / 3 % width, y = i / 3 / width;
            rgb[i] = (byte)Math.Clamp((x * 255 / width / 2) + (y * 255 / height / 2) + random.Next(-20, 20) + (i % 3 * 10), 0, 255);
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    /// <summary>Decoded the way libvips' manual shows first: all at once, into memory that libvips takes.</summary>
    public static byte[] DecodeNaively(byte[] encoded)
    {
        var pinned = GCHandle.Alloc(encoded, GCHandleType.Pinned);
        using var image = new VipsImage();
        var load = Export<NewFromBuffer>("vips_image_new_from_buffer");
        Marshal.InitHandle(image, load(pinned.AddrOfPinnedObject(), (nuint)encoded.Length, "", 0));
        var pixels = Export<WriteToMemory>("vips_image_write_to_memory")(image.DangerousGetHandle(), out var length);
        var copy = new byte[length];
        Marshal.Copy(pixels, copy, 0, copy.Length);
        Export<Free>("g_free")(pixels);
        pinned.Free();
        return copy;
    }

    /// <summary>Any raster in any format that libvips writes.</summary>
    /// <param name="samples">Row by row, bands side by side.</param>
    /// <param name="interpretation">What the bands mean; guessed from their number when null.</param>
    public static byte[] Encode<T>(
        T[] samples, int width, int height, int bands, string suffix, int format = VipsImage.FormatUChar, int? interpretation = null)
        where T : unmanaged =>
        Encode(samples, width, height, bands, suffix, format, image => interpretation is { } i ? Copy(image, "interpretation", i) : image);

    /// <summary>Pictures of one height, stacked in one raster, as an animation.</summary>
    public static byte[] EncodeAnimation(byte[] rgb, int width, int height, int frames, string suffix) =>
        Encode(rgb, width, height * frames, 3, suffix, VipsImage.FormatUChar, image =>
        {
            var paged = Copy(image, "bands", 3);
            Export<SetInt>("vips_image_set_int")(paged.DangerousGetHandle(), "page-height", height);
            return paged;
        });

    /// <summary>A JPEG with an EXIF segment that holds nothing but the orientation, 1 to 8.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Tiff(orientation)];
        byte[] segment = [0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif];
        return [.. jpeg[..2], .. segment, .. jpeg[2..]];
    }

    public static byte[] WithOrientationIfJpeg(byte[] encoded, int orientation) =>
        encoded[0] == 0xFF ? WithOrientation(encoded, orientation) : encoded;

    /// <summary>The same in PNG's own chunk.</summary>
    public static byte[] WithOrientationChunk(byte[] png, int orientation) =>
        [.. png[..33], .. Chunk("eXIf", Tiff(orientation)), .. png[33..]]; // 33 = signature and IHDR

    /// <summary>A JPEG whose frame header claims another size.</summary>
    public static byte[] ClaimingSize(byte[] jpeg, ushort width, ushort height)
    {
        var copy = jpeg.ToArray();
        var at = 2;
        while (copy[at + 1] is not (0xC0 or 0xC1 or 0xC2)) at += 2 + BinaryPrimitives.ReadUInt16BigEndian(copy.AsSpan(at + 2));
        BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(at + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(at + 7), width);
        return copy;
    }

    /// <summary>A lossy WebP whose frame header (RFC 6386, 9.1) claims another size.</summary>
    public static byte[] ClaimingWebP(byte[] webp, ushort width, ushort height)
    {
        var copy = webp.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(26), width);
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(28), height);
        return copy;
    }

    /// <summary>A PNG of a few bytes that claims a size: a true header, and data that end at once.</summary>
    /// <param name="interlace">1 for Adam7.</param>
    public static byte[] ClaimingPng(int width, int height, byte bitDepth = 8, byte colourType = 2, byte interlace = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (bitDepth, colourType, interlace);
        byte[] emptyZlib = [0x78, 0x9C, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
        byte[] signature = [0x89, .. "PNG\r\n\u001a\n"u8];
        return [.. signature, .. Chunk("IHDR", header), .. Chunk("IDAT", emptyZlib), .. Chunk("IEND", [])];
    }

    private static byte[] Encode<T>(
        T[] samples, int width, int height, int bands, string suffix, int format, Func<VipsImage, VipsImage> prepare)
        where T : unmanaged
    {
        VipsRuntime.Start();
        var pinned = GCHandle.Alloc(samples, GCHandleType.Pinned);
        try
        {
            var length = (nuint)Buffer.ByteLength(samples);
            using var image = VipsImage.OverMemory(pinned.AddrOfPinnedObject(), length, width, height, bands, format);
            using var prepared = prepare(image);
            return prepared.Encode(suffix);
        }
        finally
        {
            pinned.Free();
        }
    }

    private static VipsImage Copy(VipsImage image, string option, int value)
    {
        if (Export<CopyWithOption>("vips_copy")(image.DangerousGetHandle(), out var copy, option, value, 0) != 0)
            throw new InvalidOperationException(VipsError.Take());
        var result = new VipsImage();
        Marshal.InitHandle(result, copy);
        return result;
    }

    private static T Export<T>(string name)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(NativeLibraries.LoadVips(), name));

    // A little-endian TIFF directory with one entry: tag 0x0112 (orientation), type 3 (short), count 1.
    private static byte[] Tiff(int orientation) =>
        [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] Chunk(string type, byte[] data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        byte[] checkedPart = [.. Encoding.ASCII.GetBytes(type), .. data];
        var sum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32(checkedPart));
        return [.. length, .. checkedPart, .. sum];
    }

    // CRC-32 as PNG's specification (annex D) defines it, bit by bit.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
