using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>
/// The calls of libheif's C API (libheif/heif.h, 1.13 and newer) that are used here, and no other. It is the operating system's own: HEVC's
/// patents keep its decoder out of packages that are given to everybody.
/// </summary>
internal static unsafe partial class HeifNative
{
    /// <summary>heif_compression_HEVC.</summary>
    public const int Hevc = 1;

    /// <summary>heif_colorspace_RGB.</summary>
    public const int Rgb = 1;

    /// <summary>heif_chroma_interleaved_RGB: uint8[H, W, 3], in rows of any length.</summary>
    public const int InterleavedRgb = 10;

    /// <summary>heif_channel_interleaved.</summary>
    public const int Interleaved = 10;

    /// <summary>convert_hdr_to_8bit in heif_decoding_options: behind two bytes, and four pointers in their places.</summary>
    public const int ConvertHdrTo8Bit = 40;

    private const string Library = NativeLibraries.Heif;

    [LibraryImport(Library)]
    public static partial uint heif_get_version_number();

    [LibraryImport(Library)]
    public static partial int heif_have_decoder_for_format(int compression);

    [LibraryImport(Library)]
    public static partial nint heif_context_alloc();

    [LibraryImport(Library)]
    public static partial void heif_context_free(nint context);

    [LibraryImport(Library)]
    public static partial void heif_context_set_max_decoding_threads(nint context, int threads);

    /// <param name="memory">Must stay in place until the context is freed.</param>
    [LibraryImport(Library)]
    public static partial HeifError heif_context_read_from_memory_without_copy(nint context, byte* memory, nuint length, nint options);

    [LibraryImport(Library)]
    public static partial HeifError heif_context_get_primary_image_handle(nint context, out nint handle);

    /// <summary>As it is after the file's transformations.</summary>
    [LibraryImport(Library)]
    public static partial int heif_image_handle_get_width(nint handle);

    [LibraryImport(Library)]
    public static partial int heif_image_handle_get_height(nint handle);

    [LibraryImport(Library)]
    public static partial void heif_image_handle_release(nint handle);

    [LibraryImport(Library)]
    public static partial byte* heif_decoding_options_alloc();

    [LibraryImport(Library)]
    public static partial void heif_decoding_options_free(byte* options);

    [LibraryImport(Library)]
    public static partial HeifError heif_decode_image(nint handle, out nint image, int colorspace, int chroma, byte* options);

    [LibraryImport(Library)]
    public static partial int heif_image_get_width(nint image, int channel);

    [LibraryImport(Library)]
    public static partial int heif_image_get_height(nint image, int channel);

    [LibraryImport(Library)]
    public static partial byte* heif_image_get_plane_readonly(nint image, int channel, out int stride);

    [LibraryImport(Library)]
    public static partial void heif_image_release(nint image);
}

/// <summary>libheif's heif_error; the text is the library's and is not shown.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct HeifError
{
    public readonly int Code;
    public readonly int SubCode;
    public readonly nint Message;

    public bool IsNone => Code == 0;
}

/// <summary>A HEIC in memory, opened by libheif. Everything is called off the thread that made it, and freed when it is disposed.</summary>
internal sealed unsafe class HeicFile : IDisposable
{
    // heif_context_set_max_decoding_threads came with 1.13.
    private const uint LeastVersion = 0x010D0000;

    private static readonly Lazy<bool> Readable = new(() =>
        NativeLibraries.TryLoadHeif() && HeifNative.heif_get_version_number() >= LeastVersion
            && HeifNative.heif_have_decoder_for_format(HeifNative.Hevc) != 0);

    private nint _context;
    private nint _handle;

    private HeicFile()
    {
    }

    /// <summary>Whether this machine has a libheif that decodes HEVC.</summary>
    public static bool IsReadable => Readable.Value;

    public int Width => HeifNative.heif_image_handle_get_width(_handle);

    public int Height => HeifNative.heif_image_handle_get_height(_handle);

    /// <param name="bytes">Must stay in place until the file is disposed.</param>
    /// <returns>Null when the bytes are damaged.</returns>
    public static HeicFile? Open(byte* bytes, int length)
    {
        var file = new HeicFile { _context = HeifNative.heif_context_alloc() };
        if (file._context != 0)
        {
            // The server brings its own parallelism.
            HeifNative.heif_context_set_max_decoding_threads(file._context, 0);
            if (HeifNative.heif_context_read_from_memory_without_copy(file._context, bytes, (nuint)length, 0).IsNone
                && HeifNative.heif_context_get_primary_image_handle(file._context, out file._handle).IsNone) return file;
        }
        file.Dispose();
        return null;
    }

    /// <summary>The upright picture, packed.</summary>
    /// <param name="pixels">Room for uint8[<see cref="Height"/>, <see cref="Width"/>, 3].</param>
    /// <returns>False when the bytes are damaged, or their picture is of another size than they say.</returns>
    public bool CopyTo(Span<byte> pixels)
    {
        var options = HeifNative.heif_decoding_options_alloc();
        nint image = 0;
        try
        {
            if (options is null) return false;
            options[HeifNative.ConvertHdrTo8Bit] = 1;
            if (!HeifNative.heif_decode_image(_handle, out image, HeifNative.Rgb, HeifNative.InterleavedRgb, options).IsNone) return false;
            var plane = HeifNative.heif_image_get_plane_readonly(image, HeifNative.Interleaved, out var stride);
            var (width, height) = (Width, Height);
            if (plane is null || HeifNative.heif_image_get_width(image, HeifNative.Interleaved) != width
                || HeifNative.heif_image_get_height(image, HeifNative.Interleaved) != height || stride < width * 3) return false;
            for (var y = 0; y < height; y++)
                new ReadOnlySpan<byte>(plane + ((nint)y * stride), width * 3).CopyTo(pixels[(y * width * 3)..]);
            return true;
        }
        finally
        {
            if (image != 0) HeifNative.heif_image_release(image);
            if (options is not null) HeifNative.heif_decoding_options_free(options);
        }
    }

    public void Dispose()
    {
        if (_handle != 0) HeifNative.heif_image_handle_release(_handle);
        if (_context != 0) HeifNative.heif_context_free(_context);
        (_handle, _context) = (0, 0);
    }
}
