using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>
/// The calls of libvips' C API that are used here, and no other. Functions that answer an int return 0 on success; those that answer an
/// image return an invalid handle on failure; either way the reason is in the error buffer (<see cref="VipsError"/>).
/// </summary>
/// <remarks>
/// Operations are variadic in C: named arguments, then pairs of option name and value, then a null. Both supported platforms (System V
/// x86-64 and AAPCS64 on Linux) pass variadic integers and pointers exactly as named ones, so a fixed signature reaches them; a variadic
/// double would not be safe on x86-64 (it needs a count of vector registers), so none is passed here.
/// </remarks>
internal static unsafe partial class VipsNative
{
    private const string Library = NativeLibraries.Vips;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_init(string programName);

    /// <param name="which">0 major, 1 minor, 2 micro.</param>
    [LibraryImport(Library)]
    public static partial int vips_version(int which);

    [LibraryImport(Library)]
    public static partial void vips_block_untrusted_set(int blocked);

    [LibraryImport(Library)]
    public static partial void vips_concurrency_set(int threads);

    [LibraryImport(Library)]
    public static partial void vips_cache_set_max(int operations);

    /// <returns>A copy of the error buffer, which is emptied; to be freed with <see cref="g_free"/>.</returns>
    [LibraryImport(Library)]
    public static partial byte* vips_error_buffer_copy();

    [LibraryImport(Library)]
    public static partial void vips_error_clear();

    [LibraryImport(Library)]
    public static partial void g_free(void* memory);

    [LibraryImport(Library)]
    public static partial void g_object_unref(nint instance);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint g_log_set_handler(
        string domain, int levels, delegate* unmanaged<nint, int, nint, nint, void> handler, nint data);

    [LibraryImport(Library)]
    public static partial int vips_jpegload_buffer(
        byte* buffer, nuint length, out VipsImage image, byte* access, int accessValue, byte* failOn, int failOnValue,
        byte* shrink, int shrinkValue, nint end);

    [LibraryImport(Library)]
    public static partial int vips_pngload_buffer(
        byte* buffer, nuint length, out VipsImage image, byte* access, int accessValue, byte* failOn, int failOnValue, nint end);

    [LibraryImport(Library)]
    public static partial int vips_webpload_buffer(
        byte* buffer, nuint length, out VipsImage image, byte* access, int accessValue, byte* failOn, int failOnValue, nint end);

    /// <summary>
    /// HEIF with AV1 in it (AVIF): the bundled libheif has no decoder for HEVC. Takes the primary picture, turned as the file says.
    /// </summary>
    [LibraryImport(Library)]
    public static partial int vips_heifload_buffer(
        byte* buffer, nuint length, out VipsImage image, byte* access, int accessValue, byte* failOn, int failOnValue, nint end);

    /// <summary>The next piece that is computed of this image, or of one made from it, fails. May be called from any thread.</summary>
    [LibraryImport(Library)]
    public static partial void vips_image_set_kill(VipsImage image, int kill);

    /// <summary>An image over someone else's pixels, which must outlive it.</summary>
    [LibraryImport(Library)]
    public static partial VipsImage vips_image_new_from_memory(nint pixels, nuint length, int width, int height, int bands, int format);

    /// <summary>The whole image computed into memory of its own.</summary>
    [LibraryImport(Library)]
    public static partial VipsImage vips_image_copy_memory(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_width(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_height(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_bands(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_format(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_interpretation(VipsImage image);

    /// <returns>EXIF's 1 to 8; 1 when the file says nothing.</returns>
    [LibraryImport(Library)]
    public static partial int vips_image_get_orientation(VipsImage image);

    /// <returns>Frames of an animation; 1 for a still.</returns>
    [LibraryImport(Library)]
    public static partial int vips_image_get_n_pages(VipsImage image);

    [LibraryImport(Library)]
    public static partial int vips_image_hasalpha(VipsImage image);

    /// <returns>A GType; 0 when the image has no such field.</returns>
    [LibraryImport(Library)]
    public static partial nuint vips_image_get_typeof(VipsImage image, byte* name);

    [LibraryImport(Library)]
    public static partial int vips_autorot(VipsImage image, out VipsImage result, nint end);

    [LibraryImport(Library)]
    public static partial int vips_colourspace(VipsImage image, out VipsImage result, int interpretation, nint end);

    [LibraryImport(Library)]
    public static partial int vips_flatten(VipsImage image, out VipsImage result, byte* background, VipsArea backgroundValue, nint end);

    [LibraryImport(Library)]
    public static partial VipsArea vips_array_double_new(double* values, int count);

    [LibraryImport(Library)]
    public static partial void vips_area_unref(nint area);

    [LibraryImport(Library)]
    public static partial VipsRegion vips_region_new(VipsImage image);

    /// <summary>Points a region at the pixels of an image in memory.</summary>
    [LibraryImport(Library)]
    public static partial int vips_region_image(VipsRegion region, in VipsRect area);

    /// <summary>
    /// Computes an area on the calling thread and leaves it in another region at (<paramref name="x"/>, <paramref name="y"/>).
    /// </summary>
    [LibraryImport(Library)]
    public static partial int vips_region_prepare_to(VipsRegion region, VipsRegion target, in VipsRect area, int x, int y);

    /// <param name="suffix">The format as a file extension, with options in brackets: <c>.jpg[Q=90]</c>.</param>
    /// <param name="buffer">To be freed with <see cref="g_free"/>.</param>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_image_write_to_buffer(VipsImage image, string suffix, out byte* buffer, out nuint length, nint end);
}

/// <summary>libvips' rectangle (vips/rect.h): four ints, in this order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct VipsRect(int left, int top, int width, int height)
{
    public readonly int Left = left;
    public readonly int Top = top;
    public readonly int Width = width;
    public readonly int Height = height;
}
