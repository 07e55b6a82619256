using System.Numerics;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>
/// One libvips image: a recipe whose pixels are computed when they are asked for. An image made from another keeps that one alive by
/// itself, so the source may be disposed at once; memory that it was opened over must outlive all of them. For one thread at a time.
/// Methods that answer an image answer null when the encoded bytes turn out to be damaged. Those that compute pixels take a token, and fail
/// as if the bytes were damaged when it is cancelled meanwhile: between two strips, or within what libvips does piece by piece.
/// </summary>
internal sealed unsafe class VipsImage : VipsHandle
{
    // vips/image.h VipsBandFormat, vips/image.h VipsInterpretation, vips/image.h VipsAccess, vips/foreign.h VipsFailOn.
    public const int FormatUChar = 0;
    public const int InterpretationSrgb = 22;
    private const int Rgb = 3;
    private const int AccessSequential = 1;
    private const int FailOnTruncated = 1;

    // Lines computed at a time: one row of a JPEG's blocks. Taller strips cost fewer calls, but with them libvips' buffers make glibc's
    // heap grow and shrink anew with every picture (640×480 JPEG, median: 1.24 ms at 16 lines, 1.31 at 8, 1.7 at 64;
    // vips_image_write_to_memory, with its worker thread, 1.54).
    private const int StripHeight = 16;

    public int Width => VipsNative.vips_image_get_width(this);

    public int Height => VipsNative.vips_image_get_height(this);

    public int Bands => VipsNative.vips_image_get_bands(this);

    /// <summary>EXIF's 1 (upright) to 8.</summary>
    public int Orientation => VipsNative.vips_image_get_orientation(this);

    public bool IsAnimated => VipsNative.vips_image_get_n_pages(this) > 1;

    /// <summary>Stored in several passes over the whole picture, so that no line is complete before the last pass.</summary>
    public bool IsInterlaced
    {
        get
        {
            fixed (byte* name = "interlaced"u8) return VipsNative.vips_image_get_typeof(this, name) != 0;
        }
    }

    /// <summary>uint8, three bands, sRGB: nothing to convert.</summary>
    public bool IsPlainRgb =>
        Bands == Rgb && VipsNative.vips_image_get_format(this) == FormatUChar
        && VipsNative.vips_image_get_interpretation(this) == InterpretationSrgb;

    protected override bool ReleaseHandle()
    {
        VipsNative.g_object_unref(handle);
        return true;
    }

    /// <summary>
    /// Reads the header of encoded bytes with the decoder for that format and no other; pixels follow later, in order, line by line.
    /// </summary>
    /// <param name="bytes">Must stay in place until the image and all made from it are disposed.</param>
    /// <param name="jpegShrink">1, 2, 4 or 8: a JPEG comes at that fraction of its size, rounded down. Not used for the others.</param>
    public static VipsImage? Load(ImageFormat format, byte* bytes, int length, int jpegShrink)
    {
        VipsImage image;
        int status;
        // String literals in UTF-8 lie in the assembly's read-only data with a null behind them.
        fixed (byte* access = "access"u8, failOn = "fail_on"u8, shrink = "shrink"u8)
        {
            status = format switch
            {
                ImageFormat.Jpeg => VipsNative.vips_jpegload_buffer(
                    bytes, (nuint)length, out image, access, AccessSequential, failOn, FailOnTruncated, shrink, jpegShrink, 0),
                ImageFormat.Png => VipsNative.vips_pngload_buffer(
                    bytes, (nuint)length, out image, access, AccessSequential, failOn, FailOnTruncated, 0),
                ImageFormat.Avif => VipsNative.vips_heifload_buffer(
                    bytes, (nuint)length, out image, access, AccessSequential, failOn, FailOnTruncated, 0),
                ImageFormat.WebP => VipsNative.vips_webpload_buffer(
                    bytes, (nuint)length, out image, access, AccessSequential, failOn, FailOnTruncated, 0),
                _ => throw new ArgumentOutOfRangeException(nameof(format), format, "libvips does not read it."),
            };
        }
        return Checked(status, image);
    }

    /// <summary>An image over packed pixels; uint8[height, width, bands] unless another format is given.</summary>
    /// <param name="pixels">Must outlive the image; written to only through <see cref="CopyTo"/>.</param>
    public static VipsImage OverMemory(nint pixels, nuint length, int width, int height, int bands, int format = FormatUChar)
    {
        var image = VipsNative.vips_image_new_from_memory(pixels, length, width, height, bands, format);
        if (!image.IsInvalid) return image;

        image.Dispose();
        throw new InvalidOperationException($"libvips refuses {width}×{height} pixels of {bands} bands: {VipsError.Take()}");
    }

    /// <summary>
    /// 8-bit sRGB of whatever colours and depth this has. Transparent parts become white, as on the paper of an identity photo.
    /// </summary>
    public VipsImage? ToSrgb()
    {
        if (VipsNative.vips_image_hasalpha(this) == 0)
            return Checked(VipsNative.vips_colourspace(this, out var direct, InterpretationSrgb, 0), direct);

        using var opaque = Flatten();
        return opaque is null ? null : Checked(VipsNative.vips_colourspace(opaque, out var result, InterpretationSrgb, 0), result);
    }

    /// <summary>
    /// Turned and mirrored as <see cref="Orientation"/> says. Computes all pixels now, since turning reads them out of order.
    /// </summary>
    public VipsImage? Upright(CancellationToken ct)
    {
        using var stop = StopOn(ct);
        using var whole = VipsNative.vips_image_copy_memory(this);
        if (whole.IsInvalid)
        {
            VipsError.Discard();
            return null;
        }
        return Checked(VipsNative.vips_autorot(whole, out var upright, 0), upright);
    }

    /// <summary>
    /// Computes the pixels straight into memory, on the calling thread: a picture's worth of work does not repay the hand-over to a worker
    /// of libvips.
    /// </summary>
    /// <param name="pixels">Room for uint8[Height, Width, 3].</param>
    /// <param name="lines">From the top, at most <see cref="Height"/>.</param>
    /// <returns>False when the encoded bytes are damaged or cut short.</returns>
    public bool CopyTo(Span<byte> pixels, int lines, CancellationToken ct)
    {
        using var stop = StopOn(ct);
        fixed (byte* target = pixels)
        {
            using var strips = new StripReader(this, target, Width, Height);
            for (var y = 0; y < lines; y += StripHeight)
            {
                if (!strips.Read(y, Math.Min(StripHeight, lines - y), y)) return false;
            }
        }
        return true;
    }

    /// <summary>
    /// Computes the mean of every square of <paramref name="factor"/> × <paramref name="factor"/> pixels; columns and rows that fill no
    /// square are left out. Not libvips' own shrink: that writes whole vectors (libvips/resample/shrinkh_hwy.cpp), past the end of memory
    /// that is exactly large enough.
    /// </summary>
    /// <param name="pixels">Room for uint8[Height / factor, Width / factor, 3].</param>
    /// <param name="factor">2, 4 or 8: a divisor of the strip's height.</param>
    /// <returns>False when the encoded bytes are damaged or cut short.</returns>
    public bool CopyMeansTo(Span<byte> pixels, int factor, CancellationToken ct)
    {
        using var stop = StopOn(ct);
        int width = Width, height = Height;
        var outWidth = width / factor;
        var scratch = PixelBuffer.Rent(width * StripHeight * Rgb);
        try
        {
            fixed (byte* strip = scratch.Bytes, target = pixels)
            {
                using var strips = new StripReader(this, strip, width, StripHeight);
                var to = target;
                for (var y = 0; y < height; y += StripHeight)
                {
                    var lines = Math.Min(StripHeight, height - y);
                    // Lines that fill no square are read too: a file cut short there is as damaged as any other.
                    if (!strips.Read(y, lines, 0)) return false;
                    for (var row = 0; row < lines / factor; row++, to += outWidth * Rgb)
                        MeansOfRow(strip + ((nint)row * factor * width * Rgb), width * Rgb, to, outWidth, factor);
                }
            }
            return true;
        }
        finally
        {
            scratch.Return();
        }
    }

    /// <param name="suffix">The format as a file extension, with options in brackets: <c>.jpg[Q=90]</c>.</param>
    public byte[] Encode(string suffix)
    {
        if (VipsNative.vips_image_write_to_buffer(this, suffix, out var buffer, out var length, 0) != 0)
            throw new InvalidOperationException($"libvips cannot write {suffix}: {VipsError.Take()}");
        try
        {
            return new ReadOnlySpan<byte>(buffer, checked((int)length)).ToArray();
        }
        finally
        {
            VipsNative.g_free(buffer);
        }
    }

    private static void MeansOfRow(byte* source, int sourceStride, byte* target, int outWidth, int factor)
    {
        // A factor is a power of two, so the mean is a shift; half of the square's size rounds it.
        var shift = 2 * BitOperations.Log2((uint)factor);
        var half = (factor * factor) / 2;
        for (var x = 0; x < outWidth; x++, source += factor * Rgb, target += Rgb)
        {
            int r = half, g = half, b = half;
            for (var line = 0; line < factor; line++)
            {
                var pixel = source + ((nint)line * sourceStride);
                for (var i = 0; i < factor; i++, pixel += Rgb)
                {
                    r += pixel[0];
                    g += pixel[1];
                    b += pixel[2];
                }
            }
            (target[0], target[1], target[2]) = ((byte)(r >> shift), (byte)(g >> shift), (byte)(b >> shift));
        }
    }

    private VipsImage? Flatten()
    {
        // The background is given in the picture's own range: 16-bit samples go up to 65535.
        double white = VipsNative.vips_image_get_format(this) == FormatUChar ? 255 : 65535;
        using var background = VipsNative.vips_array_double_new(&white, 1);
        fixed (byte* name = "background"u8)
            return Checked(VipsNative.vips_flatten(this, out var opaque, name, background, 0), opaque);
    }

    /// <summary>Until it is disposed, which waits for a call under way, so that this handle is open whenever it is used.</summary>
    private CancellationTokenRegistration StopOn(CancellationToken ct) =>
        ct.UnsafeRegister(static image => VipsNative.vips_image_set_kill((VipsImage)image!, 1), this);

    private static VipsImage? Checked(int status, VipsImage image)
    {
        if (status == 0) return image;
        image.Dispose();
        VipsError.Discard();
        return null;
    }

    /// <summary>Computes lines of an image into memory that was given to it.</summary>
    private readonly ref struct StripReader
    {
        private readonly VipsImage _target;
        private readonly VipsRegion _from;
        private readonly VipsRegion _to;
        private readonly int _width;

        /// <param name="pixels">Room for uint8[height, width, 3].</param>
        public StripReader(VipsImage source, byte* pixels, int width, int height)
        {
            _width = width;
            _target = OverMemory((nint)pixels, (nuint)width * (nuint)height * Rgb, width, height, Rgb);
            _from = VipsNative.vips_region_new(source);
            _to = VipsNative.vips_region_new(_target);
            if (!_from.IsInvalid && !_to.IsInvalid && VipsNative.vips_region_image(_to, new VipsRect(0, 0, width, height)) == 0) return;

            Dispose();
            throw new InvalidOperationException($"libvips opens no region: {VipsError.Take()}");
        }

        /// <summary>Computes lines from <paramref name="y"/> on into those from <paramref name="targetY"/> on.</summary>
        public bool Read(int y, int lines, int targetY)
        {
            if (VipsNative.vips_region_prepare_to(_from, _to, new VipsRect(0, y, _width, lines), 0, targetY) == 0) return true;
            VipsError.Discard();
            return false;
        }

        public void Dispose()
        {
            _from.Dispose();
            _to.Dispose();
            _target.Dispose();
        }
    }
}
