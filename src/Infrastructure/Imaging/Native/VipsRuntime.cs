using System.Runtime.InteropServices;
using System.Text;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>Starts libvips once per process, the way a server needs it. Thread-safe; it is never shut down.</summary>
internal static unsafe class VipsRuntime
{
    // vips_block_untrusted_set came with 8.13; nothing older can be told to keep its unfuzzed loaders shut.
    private const int LeastMajor = 8, LeastMinor = 13;

    // GLogLevelFlags (glib/gmessages.h): warning 1<<4, message 1<<5, info 1<<6, debug 1<<7. Criticals stay audible: they are bugs.
    private const int ChatterLevels = (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7);

    private static readonly Lazy<bool> Started = new(Initialize);

    /// <summary>Such as "8.16.1", once it is started.</summary>
    public static string Version => $"{VipsNative.vips_version(0)}.{VipsNative.vips_version(1)}.{VipsNative.vips_version(2)}";

    /// <exception cref="NativeLibraryMissingException">libvips is missing, too old or cannot start.</exception>
    public static void Start() => _ = Started.Value;

    private static bool Initialize()
    {
        NativeLibraries.LoadVips();
        if (VipsNative.vips_init("faceattendance") != 0)
            throw new NativeLibraryMissingException($"libvips was loaded but cannot start: {VipsError.Take()}");

        int major = VipsNative.vips_version(0), minor = VipsNative.vips_version(1);
        if (major != LeastMajor || minor < LeastMinor)
        {
            throw new NativeLibraryMissingException(
                $"libvips {major}.{minor} was loaded; {LeastMajor}.{LeastMinor} or a newer {LeastMajor}.x is needed, as the build brings " +
                "it.");
        }

        // Only decoders that are fuzzed; one thread per call, since the server brings its own parallelism; no cache of past operations,
        // which would keep pixels of people alive and never be hit.
        VipsNative.vips_block_untrusted_set(1);
        VipsNative.vips_concurrency_set(1);
        VipsNative.vips_cache_set_max(0);

        // libvips warns on stderr about every damaged upload; the error a caller gets says it already, and nothing about an image belongs
        // in a log.
        VipsNative.g_log_set_handler("VIPS", ChatterLevels, &Ignore, 0);
        return true;
    }

    [UnmanagedCallersOnly]
    private static void Ignore(nint domain, int level, nint message, nint data)
    {
    }
}

/// <summary>
/// libvips' error text: one buffer for the whole process, so a text may stem from another thread's call. It is for exceptions that mean a
/// bug; what a caller reads about a picture is worded by <see cref="ImageDecoder"/>.
/// </summary>
internal static unsafe class VipsError
{
    /// <summary>Reads the buffer and empties it.</summary>
    public static string Take()
    {
        var copy = VipsNative.vips_error_buffer_copy();
        try
        {
            return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(copy)).Trim();
        }
        finally
        {
            VipsNative.g_free(copy);
        }
    }

    /// <summary>Empties the buffer after a failure that is the picture's fault.</summary>
    public static void Discard() => VipsNative.vips_error_clear();
}
