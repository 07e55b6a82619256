using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Imaging.Native;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>The encodings a picture may come in, told by its first bytes alone.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Avif,
    Heic,
}

/// <summary>What a picture says about itself before any pixel is decoded.</summary>
/// <param name="Width">Pixels of the upright picture (EXIF orientation applied).</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="LacksEnd">A baseline JPEG without the marker of its end, as some cameras write and some programs cut it; whether its pixels
/// are all there shows when they are decoded.</param>
internal readonly record struct ImageHeader(ImageFormat Format, int Width, int Height, bool LacksEnd = false);

/// <summary>
/// From encoded bytes to upright RGB. Thread-safe; a call keeps its own thread busy, so callers bound how many run at once.
/// </summary>
internal static unsafe class ImageDecoder
{
    /// <summary>Above the largest sensors of phones in their default mode (48 MP); 150 MB as RGB.</summary>
    public const int MostPixels = 50_000_000;

    /// <summary>
    /// Of a baseline JPEG, which is decoded at half its sides at most where it has more than <see cref="MostPixels"/>: a class at full
    /// size.
    /// </summary>
    public const int MostPixelsOfJpeg = 120_000_000;

    /// <summary>WebP's own limit is 16383; a longer side is a panorama, in which no face is large enough to matter.</summary>
    public const int MostSide = 16_384;

    /// <summary>
    /// Progressive JPEG, interlaced PNG and WebP are held whole while they are decoded, at up to 6, 8 and 4 bytes a pixel, whatever they
    /// are shrunk to; 25 megapixels keep that within 200 MB, and a file of some kilobytes can claim as many.
    /// </summary>
    public const int MostPixelsHeldWhole = 25_000_000;

    /// <summary>
    /// libheif holds a picture's colour planes and their RGB whole, and libvips its copy: at up to 16 bytes a pixel, whatever it is shrunk
    /// to. The native decoder itself refuses data of another size than the header says.
    /// </summary>
    public const int MostPixelsOfAvif = 16_000_000;

    /// <summary>
    /// Each scan of a progressive JPEG goes over every block of the picture, however few bytes it has (25 megapixels: 5 to 14 ms). Cameras
    /// and editors write about ten; libjpeg's own script for four inks has 18.
    /// </summary>
    public const int MostScans = 32;

    // libjpeg scales by 1/1, 1/2, 1/4 and 1/8 while decoding.
    private const int MostShrink = 8;

    private const string Accepted = "JPEG, PNG, WebP, AVIF or HEIC";

    /// <summary>Loads the native engine now rather than with the first picture.</summary>
    /// <exception cref="NativeLibraryMissingException">libvips is missing or unusable.</exception>
    public static void Start() => VipsRuntime.Start();

    /// <summary>Reads and judges the header; no pixel is decoded.</summary>
    /// <returns>Errors: <see cref="RecognitionErrors.InvalidImage"/>, <see cref="RecognitionErrors.ImageTooLarge"/>.</returns>
    public static Result<ImageHeader> ReadHeader(ReadOnlyMemory<byte> encoded) => ReadHeader(encoded.Span);

    private static Result<ImageHeader> ReadHeader(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty) return RecognitionErrors.InvalidImage($"The image is empty; send a {Accepted} picture.");
        var heif = HeifLayout.Read(encoded);
        if ((heif?.Format ?? Sniff(encoded)) is not { } format)
        {
            return RecognitionErrors.InvalidImage(
                $"This is not a {Accepted} picture; other formats such as GIF, TIFF, SVG and PDF are not accepted.");
        }
        if (heif is { IsSequence: true }) return Animated;
        if (format == ImageFormat.Heic) return ReadHeicHeader(encoded);

        var layout = format == ImageFormat.Jpeg ? JpegLayout.Read(encoded) : default;
        if (layout.Scans > MostScans)
        {
            return RecognitionErrors.InvalidImage(
                $"The JPEG has {layout.Scans} scans; at most {MostScans} are accepted. Save it anew as an ordinary (baseline) JPEG.");
        }

        Start();
        // What most cameras send says all that is needed in its frame header: opening a decoder for it takes a fifth of a frame's decoding.
        if (layout.Plain is var (plainWidth, plainHeight))
        {
            return TooLarge(ImageFormat.Jpeg, plainWidth, plainHeight) is { } tooLarge ? tooLarge
                : new ImageHeader(ImageFormat.Jpeg, plainWidth, plainHeight, layout is { IsOnePass: true, HasEnd: false });
        }
        fixed (byte* bytes = encoded)
        {
            using var image = VipsImage.Load(format, bytes, encoded.Length, jpegShrink: 1);
            if (image is null) return Damaged(format);
            if (format != ImageFormat.Avif && image.IsAnimated) return Animated;

            int width = image.Width, height = image.Height;
            if (TooLarge(format, width, height) is { } tooLarge) return tooLarge;
            if (format == ImageFormat.Avif && width * height > MostPixelsOfAvif)
            {
                return RecognitionErrors.ImageTooLarge(
                    $"The image has {width} × {height} pixels; an AVIF may have at most {MostPixelsOfAvif / 1_000_000} megapixels.");
            }
            if ((format == ImageFormat.WebP || image.IsInterlaced) && width * height > MostPixelsHeldWhole)
            {
                return RecognitionErrors.ImageTooLarge(
                    $"The image has {width} × {height} pixels; a WebP, a progressive JPEG or an interlaced PNG may have at most " +
                    $"{MostPixelsHeldWhole / 1_000_000} megapixels.");
            }
            var lacksEnd = layout is { IsOnePass: true, HasEnd: false };
            return IsTurned(image) ? new ImageHeader(format, height, width, lacksEnd) : new ImageHeader(format, width, height, lacksEnd);
        }
    }

    private static Error? TooLarge(ImageFormat format, int width, int height) => width > MostSide || height > MostSide
        || (long)width * height > (format == ImageFormat.Jpeg ? MostPixelsOfJpeg : MostPixels)
        ? RecognitionErrors.ImageTooLarge(
            $"The image has {width} × {height} pixels; at most {MostPixels / 1_000_000} megapixels, " +
            $"{MostPixelsOfJpeg / 1_000_000} as a baseline JPEG, " +
            $"and {MostSide} pixels a side are accepted.")
        : null;

    /// <summary>Decodes a picture whose header was accepted.</summary>
    /// <param name="encoded">The bytes that the header was read from; not read after the call returns.</param>
    /// <param name="wantedLongSide">
    /// Pixels that the longer side needs at least, unless the picture has fewer; it comes shrunk by 2, 4 or 8 where it stays that long. 0 =
    /// full size, or half of it above <see cref="MostPixels"/>.
    /// </param>
    /// <param name="ct">Stops the native engine too, between two strips of the picture.</param>
    /// <returns>A picture that the caller disposes. Errors: <see cref="RecognitionErrors.InvalidImage"/>.</returns>
    /// <exception cref="ArgumentException">The header is that of another picture.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled before the picture was decoded.</exception>
    public static Result<DecodedImage> Decode(
        ReadOnlyMemory<byte> encoded, ImageHeader header, int wantedLongSide, CancellationToken ct = default) =>
        Decode(encoded, header, wantedLongSide, int.MaxValue, ct);

    /// <inheritdoc cref="Decode(ReadOnlyMemory{byte}, ImageHeader, int, CancellationToken)"/>
    /// <param name="lines">
    /// Of the original, from the top, that are needed: a complete JPEG is decoded no further, and black below. Damage there is not seen.
    /// </param>
    public static Result<DecodedImage> Decode(
        ReadOnlyMemory<byte> encoded, ImageHeader header, int wantedLongSide, int lines, CancellationToken ct)
    {
        Start();
        var decoded = header.LacksEnd ? DecodeWithEnd(encoded, header, wantedLongSide, ct)
            : DecodeUnlessStopped(encoded.Span, header, wantedLongSide, lines, ct);
        // What was stopped looks like damage.
        if (!decoded.IsSuccess) ct.ThrowIfCancellationRequested();
        return decoded;
    }

    /// <summary>
    /// Decodes a copy with the marker of the end, and one with other bits before that marker. Where the two agree no bit that is missing
    /// was needed; the decoder itself takes zeros for those and tells nobody.
    /// </summary>
    private static Result<DecodedImage> DecodeWithEnd(ReadOnlyMemory<byte> encoded, ImageHeader header, int wantedLongSide,
        CancellationToken ct)
    {
        // More than a block of the picture can need, for the decoder makes nothing of a block that it has a part of.
        const int OtherBits = 4096;
        ReadOnlySpan<byte> end = [0xFF, 0xD9];
        // Of the marker's two bytes the first may be there.
        var data = encoded.Span.TrimEnd((byte)0xFF);
        var copy = PixelBuffer.Rent(data.Length + OtherBits + end.Length);
        try
        {
            var behind = copy.Bytes[data.Length..];
            data.CopyTo(copy.Bytes);
            end.CopyTo(behind);
            var decoded = DecodeUnlessStopped(copy.Bytes[..(data.Length + end.Length)], header, wantedLongSide, int.MaxValue, ct);
            if (!decoded.IsSuccess) return decoded;

            behind[..OtherBits].Fill(0xAA);
            end.CopyTo(behind[OtherBits..]);
            var other = DecodeUnlessStopped(copy.Bytes, header, wantedLongSide, int.MaxValue, ct);
            var agree = other.IsSuccess && other.Value.Rgb.SequenceEqual(decoded.Value.Rgb);
            if (other.IsSuccess) other.Value.Dispose();
            if (agree) return decoded;

            decoded.Value.Dispose();
            return Damaged(header.Format);
        }
        finally
        {
            copy.Return();
        }
    }

    private static Result<DecodedImage> DecodeUnlessStopped(ReadOnlySpan<byte> encoded, ImageHeader header, int wantedLongSide, int lines,
        CancellationToken ct)
    {
        fixed (byte* bytes = encoded) return DecodeUnlessStopped(bytes, encoded.Length, header, wantedLongSide, lines, ct);
    }

    private static Result<ImageHeader> ReadHeicHeader(ReadOnlySpan<byte> encoded)
    {
        if (!HeicFile.IsReadable)
        {
            return RecognitionErrors.InvalidImage(
                "This server reads no HEIC, for its machine lacks libheif1 (apt-get install libheif1, or libheif-plugin-libde265 where " +
                "that is a package of its own); send JPEG, PNG, WebP or AVIF.");
        }
        if (!HeicGuard.IsBounded(encoded))
        {
            return RecognitionErrors.InvalidImage(
                $"The HEIC is damaged, is composed in a way that is not read, or holds more than {MostPixelsHeldWhole / 1_000_000} " +
                "megapixels; send it smaller, or as JPEG.");
        }
        fixed (byte* bytes = encoded)
        {
            using var file = HeicFile.Open(bytes, encoded.Length);
            if (file is null) return Damaged(ImageFormat.Heic);
            var (width, height) = (file.Width, file.Height);
            if (width <= 0 || height <= 0) return Damaged(ImageFormat.Heic);
            if (width <= MostSide && height <= MostSide && (long)width * height <= MostPixelsHeldWhole)
                return new ImageHeader(ImageFormat.Heic, width, height);
            return RecognitionErrors.ImageTooLarge(
                $"The image has {width} × {height} pixels; a HEIC may have at most {MostPixelsHeldWhole / 1_000_000} megapixels and " +
                $"{MostSide} pixels a side.");
        }
    }

    private static Result<DecodedImage> DecodeHeic(byte* bytes, int length, ImageHeader header, int wantedLongSide, CancellationToken ct)
    {
        using var file = HeicFile.Open(bytes, length);
        if (file is null) return Damaged(ImageFormat.Heic);
        if ((file.Width, file.Height) != (header.Width, header.Height))
            throw new ArgumentException("The header is not the one of these bytes.", nameof(header));
        // libheif cannot be stopped; the header has bounded what it may take.
        ct.ThrowIfCancellationRequested();
        var shrink = ShrinkFor(header, wantedLongSide);
        var whole = PixelBuffer.Rent(header.Width * header.Height * 3);
        DecodedImage? decoded = null;
        try
        {
            if (!file.CopyTo(whole.Bytes)) return Damaged(ImageFormat.Heic);
            decoded = new DecodedImage(whole, header.Width, header.Height, header.Width, header.Height, 1);
            return shrink == 1 ? decoded : decoded.Shrunk(shrink, ct);
        }
        finally
        {
            if (decoded is null) whole.Return();
            else if (shrink > 1) decoded.Dispose();
        }
    }

    private static Result<DecodedImage> DecodeUnlessStopped(byte* bytes, int length, ImageHeader header, int wantedLongSide, int lines,
        CancellationToken ct)
    {
        if (header.Format == ImageFormat.Heic) return DecodeHeic(bytes, length, header, wantedLongSide, ct);
        var shrink = ShrinkFor(header, wantedLongSide);
        var shrinkOnLoad = header.Format == ImageFormat.Jpeg ? shrink : 1;
        var image = VipsImage.Load(header.Format, bytes, length, shrinkOnLoad);
        if (image is null) return Damaged(header.Format);
        try
        {
            if (!IsSame(header, image, shrinkOnLoad))
            {
                // Read again: what the bytes say in two ways is their fault, and any other header the caller's.
                var own = ReadHeader(new ReadOnlySpan<byte>(bytes, length));
                if (own.IsSuccess && (own.Value with { LacksEnd = header.LacksEnd }) == header) return Damaged(header.Format);
                throw new ArgumentException("The header is not the one of these bytes.", nameof(header));
            }
            if (!image.IsPlainRgb && !Replace(ref image, image.ToSrgb())) return Damaged(header.Format);
            if (image.Orientation != 1 && !Replace(ref image, image.Upright(ct))) return Damaged(header.Format);

            var shrinkHere = shrink / shrinkOnLoad;
            int width = image.Width / shrinkHere, height = image.Height / shrinkHere;
            var needed = header.Format == ImageFormat.Jpeg ? (int)Math.Clamp(((long)lines + shrink - 1) / shrink, 1, height) : height;
            var pixels = PixelBuffer.Rent(width * height * 3);
            var decoded = new DecodedImage(pixels, width, height, header.Width, header.Height, shrink) { Lines = needed };
            // Another picture's pixels may be there.
            if (needed < height) pixels.Bytes[(width * needed * 3)..].Clear();
            if (shrinkHere == 1 ? image.CopyTo(pixels.Bytes, needed, ct) : image.CopyMeansTo(pixels.Bytes, shrinkHere, ct)) return decoded;

            decoded.Dispose();
            return Damaged(header.Format);
        }
        finally
        {
            image.Dispose();
        }
    }

    /// <summary>
    /// The largest of 1, 2, 4 and 8 that leaves the longer side at least as long as wanted, and something of the shorter; 2 at least where
    /// the whole would be too much to hold.
    /// </summary>
    internal static int ShrinkFor(ImageHeader header, int wantedLongSide)
    {
        var least = (long)header.Width * header.Height > MostPixels ? 2 : 1;
        if (wantedLongSide <= 0) return least;
        int longSide = Math.Max(header.Width, header.Height), shortSide = Math.Min(header.Width, header.Height);
        var shrink = least;
        while (shrink < MostShrink && longSide / (shrink * 2) >= wantedLongSide && shortSide / (shrink * 2) > 0) shrink *= 2;
        return shrink;
    }

    private static ImageFormat? Sniff(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return ImageFormat.Jpeg;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])) return ImageFormat.Png;
        return bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? ImageFormat.WebP : null;
    }

    private static bool Replace(ref VipsImage image, VipsImage? next)
    {
        if (next is null) return false;
        image.Dispose();
        image = next;
        return true;
    }

    // EXIF 5 to 8 turn the picture by a quarter, so its sides change places.
    private static bool IsTurned(VipsImage image) => image.Orientation >= 5;

    private static bool IsSame(ImageHeader header, VipsImage loaded, int shrinkOnLoad)
    {
        var (width, height) = IsTurned(loaded) ? (header.Height, header.Width) : (header.Width, header.Height);
        // libvips leaves the remainder of a division out, so that every decoded pixel stands for a whole square.
        return loaded.Width == width / shrinkOnLoad && loaded.Height == height / shrinkOnLoad;
    }

    private static Error Animated { get; } =
        RecognitionErrors.InvalidImage($"Animated pictures are not accepted; send one frame as {Accepted}.");

    private static Error Damaged(ImageFormat format) =>
        RecognitionErrors.InvalidImage($"The {NameOf(format)} data is damaged or cut short.");

    private static string NameOf(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "JPEG",
        ImageFormat.Png => "PNG",
        ImageFormat.WebP => "WebP",
        ImageFormat.Avif => "AVIF",
        ImageFormat.Heic => "HEIC",
    };
}

/// <summary>
/// A decoded picture: uint8[Height, Width, 3], packed, R G B, sRGB, upright. Owned by whoever asked for it and disposed once by them;
/// for one thread at a time.
/// </summary>
internal sealed unsafe class DecodedImage : IDisposable
{
    private PixelBuffer? _pixels;

    /// <param name="pixels">Given back when this is disposed.</param>
    internal DecodedImage(PixelBuffer pixels, int width, int height, int originalWidth, int originalHeight, int shrink)
    {
        (_pixels, Width, Height, Lines) = (pixels, width, height, height);
        (OriginalWidth, OriginalHeight, Shrink) = (originalWidth, originalHeight, shrink);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Decoded, from the top; those below are black.</summary>
    public int Lines { get; init; }

    /// <summary>Width of the upright picture before it was shrunk.</summary>
    public int OriginalWidth { get; }

    /// <summary>Height of the upright picture before it was shrunk.</summary>
    public int OriginalHeight { get; }

    /// <summary>
    /// Pixels of the original per pixel, 1, 2, 4 or 8: the exact factor between the two. The quotient of the widths is off by the columns
    /// of the original that fill no whole pixel.
    /// </summary>
    public int Shrink { get; }

    /// <summary>Valid until this is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was.</exception>
    public ReadOnlySpan<byte> Rgb
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.Bytes;
        }
    }

    /// <summary>A copy whose pixels are the means of squares of this one's, which the caller disposes.</summary>
    /// <param name="factor">2, 4 or 8.</param>
    public DecodedImage Shrunk(int factor, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_pixels is null, this);
        int width = Width / factor, height = Height / factor;
        var shrunk = new DecodedImage(PixelBuffer.Rent(width * height * 3), width, height, OriginalWidth, OriginalHeight, Shrink * factor);
        fixed (byte* pixels = _pixels.Bytes)
        {
            using var image = VipsImage.OverMemory((nint)pixels, (nuint)_pixels.Bytes.Length, Width, Height, 3);
            if (image.CopyMeansTo(shrunk._pixels!.Bytes, factor, ct)) return shrunk;
        }

        shrunk.Dispose();
        ct.ThrowIfCancellationRequested();
        throw new InvalidOperationException("libvips cannot read from memory.");
    }

    /// <summary>A copy turned clockwise, which the caller disposes.</summary>
    /// <param name="degrees">90, 180 or 270.</param>
    public DecodedImage Turn(int degrees)
    {
        ObjectDisposedException.ThrowIf(_pixels is null, this);
        // Where in this picture the copy's first pixel stands, and how far it is from there to its right and lower neighbours.
        var (first, right, down) = degrees switch
        {
            90 => ((Height - 1) * Width, -Width, 1),
            180 => ((Height * Width) - 1, -1, -Width),
            270 => (Width - 1, Width, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "A picture is turned by quarters."),
        };
        var (width, height, isOnSide) = degrees == 180 ? (Width, Height, false) : (Height, Width, true);
        var turned = PixelBuffer.Rent(width * height * 3);
        fixed (byte* source = _pixels.Bytes, target = turned.Bytes)
        {
            var to = target;
            for (var y = 0; y < height; y++)
            {
                var from = source + ((first + ((nint)y * down)) * 3);
                for (var x = 0; x < width; x++, to += 3, from += (nint)right * 3) (to[0], to[1], to[2]) = (from[0], from[1], from[2]);
            }
        }
        return new(turned, width, height, isOnSide ? OriginalHeight : OriginalWidth, isOnSide ? OriginalWidth : OriginalHeight, Shrink);
    }

    public void Dispose()
    {
        _pixels?.Return();
        _pixels = null;
    }

    public override string ToString() => $"DecodedImage({Width}×{Height})";
}
