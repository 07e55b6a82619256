using System.Runtime.InteropServices;
using System.Text;
using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Imaging.Native;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

[NonParallelizable] // Counts native handles and buffers of the whole process.
public sealed class ImageDecoderTests
{
    private const int Seed = 20260817;

    private int _handles;
    private int _lent;
    private int _finalized;

    [SetUp]
    public void CountNativeObjects() => (_handles, _lent, _finalized) = (VipsHandle.Live, PixelBuffer.Lent, VipsHandle.Finalized);

    [TearDown]
    public void NothingLeaked()
    {
        Assert.That(VipsHandle.Live, Is.EqualTo(_handles), "live libvips handles");
        Assert.That(PixelBuffer.Lent, Is.EqualTo(_lent), "buffers not given back");
        Assert.That(VipsHandle.Finalized, Is.EqualTo(_finalized), "handles left to the garbage collector");
    }

    [Test]
    public void Decode_LinesFromTheTop_AreThoseOfTheWholeAndBlackBelow([Values(1, 2)] int shrink)
    {
        const int Wanted = 100;
        var jpeg = TestPictures.Encode(TestPictures.Texture(320, 240, 7).Rgb.ToArray(), 320, 240, 3, ".jpg");
        var header = ImageDecoder.ReadHeader(jpeg).Value;
        using var whole = ImageDecoder.Decode(jpeg, header, 320 / shrink).Value;
        // Its pixels come back to the pool, where the next picture finds them.
        ImageDecoder.Decode(jpeg, header, 320 / shrink).Value.Dispose();

        using var part = ImageDecoder.Decode(jpeg, header, 320 / shrink, Wanted, CancellationToken.None).Value;

        Assert.That((part.Width, part.Height, part.Lines), Is.EqualTo((whole.Width, whole.Height, Wanted / shrink)));
        var pixels = part.Width * part.Lines * 3;
        Assert.That(part.Rgb[..pixels].SequenceEqual(whole.Rgb[..pixels]), Is.True);
        Assert.That(part.Rgb[pixels..].IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(whole.Lines, Is.EqualTo(whole.Height));
    }

    private static DecodedImage Decode(byte[] encoded, int wantedLongSide = 0)
    {
        var header = ImageDecoder.ReadHeader(encoded);
        Assert.That(header.Error?.Details, Is.Null);
        Assert.That(header.Error, Is.Null);
        var decoded = ImageDecoder.Decode(encoded, header.Value, wantedLongSide);
        Assert.That(decoded.Error?.Details, Is.Null);
        return decoded.Value;
    }

    /// <summary>Every refusal, of the header or of the pixels.</summary>
    private static Error? Refusal(byte[] encoded)
    {
        var header = ImageDecoder.ReadHeader(encoded);
        if (header.Error is { } error) return error;
        var decoded = ImageDecoder.Decode(encoded, header.Value, wantedLongSide: 0);
        if (decoded.IsSuccess) decoded.Value.Dispose();
        return decoded.Error;
    }

    private static string Reason(Error? error) => (string)error!.Details!["reason"]!;

    private static (int R, int G, int B) Pixel(DecodedImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Rgb[at], image.Rgb[at + 1], image.Rgb[at + 2]);
    }

    /// <summary>Names of the colours in the middle of the four quarters: top left, top right, bottom left, bottom right.</summary>
    private static string Quarters(DecodedImage image)
    {
        int left = image.Width / 4, right = image.Width * 3 / 4, top = image.Height / 4, bottom = image.Height * 3 / 4;
        return string.Concat(
            NameOf(Pixel(image, left, top)), NameOf(Pixel(image, right, top)),
            NameOf(Pixel(image, left, bottom)), NameOf(Pixel(image, right, bottom)));
    }

    // The limits leave room for chroma loss and for the trip through CMYK.
    private static char NameOf((int R, int G, int B) pixel) => (pixel.R > 140, pixel.G > 130, pixel.B > 120) switch
    {
        (true, false, false) => 'r',
        (false, true, false) => 'g',
        (false, false, true) => 'b',
        (true, true, false) => 'y',
        (true, true, true) => 'w',
        _ => '?',
    };

    [TestCase(".jpg", ImageFormat.Jpeg)]
    [TestCase(".png", ImageFormat.Png)]
    [TestCase(".webp", ImageFormat.WebP)]
    [TestCase(".avif", ImageFormat.Avif)]
    public void Decode_ColourPicture_KeepsPlacesAndColours(string extension, object format)
    {
        var encoded = Encode(TestPictures.Quadrants(64, 48), extension);

        using var image = Decode(encoded);

        Assert.That(ImageDecoder.ReadHeader(encoded).Value, Is.EqualTo(new ImageHeader((ImageFormat)format, 64, 48)));
        Assert.That((image.Width, image.Height, image.OriginalWidth, image.OriginalHeight, image.Shrink), Is.EqualTo((64, 48, 64, 48, 1)));
        Assert.That(Quarters(image), Is.EqualTo("rgby"));
    }

    [TestCase(1, "rgby", 64, 32)]
    [TestCase(2, "gryb", 64, 32)]
    [TestCase(3, "ybgr", 64, 32)]
    [TestCase(4, "byrg", 64, 32)]
    [TestCase(5, "rbgy", 32, 64)]
    [TestCase(6, "bryg", 32, 64)]
    [TestCase(7, "ygbr", 32, 64)]
    [TestCase(8, "gyrb", 32, 64)]
    public void Decode_ExifOrientation_StandsUpright(int orientation, string quarters, int width, int height)
    {
        var encoded = TestPictures.WithOrientation(TestPictures.Quadrants(64, 32).Encode(".jpg"), orientation);

        using var image = Decode(encoded);
        using var shrunk = Decode(encoded, wantedLongSide: 16);

        Assert.That(ImageDecoder.ReadHeader(encoded).Value, Is.EqualTo(new ImageHeader(ImageFormat.Jpeg, width, height)));
        Assert.That((image.Width, image.Height, Quarters(image)), Is.EqualTo((width, height, quarters)));
        Assert.That((shrunk.Width, shrunk.Height, Quarters(shrunk)), Is.EqualTo((width / 4, height / 4, quarters)));
        Assert.That((shrunk.OriginalWidth, shrunk.OriginalHeight), Is.EqualTo((width, height)));
    }

    [Test]
    public void Decode_OrientationInPng_StandsUpright()
    {
        var encoded = TestPictures.WithOrientationChunk(TestPictures.Quadrants(64, 32).Encode(".png"), 6);

        using var image = Decode(encoded);

        Assert.That((image.Width, image.Height, Quarters(image)), Is.EqualTo((32, 64, "bryg")));
    }

    [TestCase(".jpg[Q=100]")]
    [TestCase(".png")]
    [TestCase(".png[interlace]")]
    public void Decode_GreyPicture_GivesThreeEqualBands(string suffix)
    {
        var grey = Enumerable.Range(0, 32 * 16).Select(i => (byte)(i % 32 * 8)).ToArray();

        using var image = Decode(TestPictures.Encode(grey, 32, 16, 1, suffix));

        for (var i = 0; i < grey.Length; i++)
        {
            var (r, g, b) = Pixel(image, i % 32, i / 32);
            Assert.That(r == g && g == b && Math.Abs(r - grey[i]) <= 2, $"pixel {i}: {r} {g} {b}, {grey[i]} expected");
        }
    }

    [Test]
    public void Decode_PngOfOneBit_GivesBlackAndWhite()
    {
        var grey = Enumerable.Range(0, 32 * 16).Select(i => (byte)(i % 2 * 255)).ToArray();

        using var image = Decode(TestPictures.Encode(grey, 32, 16, 1, ".png[bitdepth=1]"));

        Assert.That((Pixel(image, 0, 0), Pixel(image, 1, 0)), Is.EqualTo(((0, 0, 0), (255, 255, 255))));
    }

    [Test]
    public void Decode_PalettePng_GivesColours()
    {
        var encoded = TestPictures.Encode(TestPictures.Quadrants(64, 48).Rgb.ToArray(), 64, 48, 3, ".png[palette]");
        const int ColourTypeAt = 25, Palette = 3;

        using var image = Decode(encoded);

        Assert.That(encoded[ColourTypeAt], Is.EqualTo(Palette));
        Assert.That(Quarters(image), Is.EqualTo("rgby"));
    }

    [Test]
    public void Decode_Png16BitRgb_TakesTheUpperByte()
    {
        ushort[] samples = [0, 0x8080, 0xFFFF];

        using var image = Decode(TestPictures.Encode(samples, 1, 1, 3, ".png[bitdepth=16]", TestPictures.UShort));

        Assert.That(Pixel(image, 0, 0), Is.EqualTo((0, 128, 255)));
    }

    [Test]
    public void Decode_Png16BitGrey_TakesTheUpperByte()
    {
        ushort[] samples = [0, 0x8080, 0xFFFF];

        using var image = Decode(TestPictures.Encode(samples, 3, 1, 1, ".png[bitdepth=16]", TestPictures.UShort, TestPictures.Grey16));

        Assert.That(image.Rgb.ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 128, 128, 128, 255, 255, 255 }));
    }

    // Half-transparent black on white paper is a mid grey; fully transparent is white whatever colour hides there.
    [TestCase(".png")]
    [TestCase(".webp[lossless]")]
    public void Decode_Transparency_BecomesWhite(string suffix)
    {
        byte[] clear = [255, 0, 0, 0], half = [0, 0, 0, 128], solid = [10, 20, 30, 255];
        byte[] samples = [.. clear, .. half, .. solid, .. solid];

        using var image = Decode(TestPictures.Encode(samples, 4, 1, 4, suffix));

        Assert.That((Pixel(image, 0, 0), Pixel(image, 2, 0)), Is.EqualTo(((255, 255, 255), (10, 20, 30))));
        Assert.That(Pixel(image, 1, 0).R, Is.EqualTo(127).Within(1));
    }

    [Test]
    public void Decode_Png16BitWithTransparency_BecomesWhite()
    {
        ushort[] samples = [65535, 0, 0, 0, 0, 0, 0, 32768, 0, 0x8080, 0xFFFF, 65535];

        using var image = Decode(TestPictures.Encode(samples, 3, 1, 4, ".png[bitdepth=16]", TestPictures.UShort));

        Assert.That((Pixel(image, 0, 0), Pixel(image, 2, 0)), Is.EqualTo(((255, 255, 255), (0, 128, 255))));
        Assert.That(Pixel(image, 1, 0).R, Is.EqualTo(127).Within(1));
    }

    [Test]
    public void Decode_GreyWithTransparency_BecomesWhite()
    {
        byte[] samples = [0, 0, 100, 255];

        using var image = Decode(TestPictures.Encode(samples, 2, 1, 2, ".png"));

        Assert.That((Pixel(image, 0, 0), Pixel(image, 1, 0)), Is.EqualTo(((255, 255, 255), (100, 100, 100))));
    }

    // Written the way of Adobe's programs, as all CMYK JPEGs in the wild: the inks inverted, and a marker that says so.
    [Test]
    public void Decode_CmykJpeg_GivesColours()
    {
        const int Width = 64, Height = 48;
        var inks = new byte[Width * Height * 4];
        for (var i = 0; i < Width * Height; i++)
        {
            byte[] ink = (i % Width < Width / 2, i / Width < Height / 2) switch
            {
                (true, true) => [0, 255, 255, 0],
                (false, true) => [255, 0, 255, 0],
                (true, false) => [255, 255, 0, 0],
                (false, false) => [0, 0, 255, 0],
            };
            ink.CopyTo(inks, i * 4);
        }
        var encoded = TestPictures.Encode(inks, Width, Height, 4, ".jpg[Q=100]", interpretation: TestPictures.Cmyk);

        using var image = Decode(encoded);
        using var shrunk = Decode(encoded, wantedLongSide: 32);

        Assert.That(encoded.AsSpan().IndexOf("Adobe"u8), Is.Positive);
        Assert.That((Quarters(image), Quarters(shrunk)), Is.EqualTo(("rgby", "rgby")));
    }

    [Test]
    public void Decode_EmbeddedProfile_LeavesValuesAsTheyAre()
    {
        var rgb = TestPictures.Texture(32, 32, Seed).Rgb.ToArray();
        var plain = TestPictures.Encode(rgb, 32, 32, 3, ".png");
        var profiled = TestPictures.Encode(rgb, 32, 32, 3, ".png[profile=p3]");

        using var image = Decode(profiled);

        Assert.That(profiled, Has.Length.GreaterThan(plain.Length));
        Assert.That(image.Rgb.SequenceEqual(rgb), Is.True);
    }

    [TestCase(640, 480, 0, ExpectedResult = 1)]
    [TestCase(640, 480, 641, ExpectedResult = 1)]
    [TestCase(640, 480, 321, ExpectedResult = 1)]
    [TestCase(640, 480, 320, ExpectedResult = 2)]
    [TestCase(480, 640, 320, ExpectedResult = 2)]
    [TestCase(639, 480, 320, ExpectedResult = 1)]
    [TestCase(640, 480, 160, ExpectedResult = 4)]
    [TestCase(4000, 3000, 500, ExpectedResult = 8)]
    [TestCase(16000, 3000, 500, ExpectedResult = 8)]
    [TestCase(4000, 7, 500, ExpectedResult = 4)]
    [TestCase(1, 1, 1, ExpectedResult = 1)]
    public int ShrinkFor_Sides_IsTheLargestThatKeepsWhatIsWanted(int width, int height, int wanted) =>
        ImageDecoder.ShrinkFor(new(ImageFormat.Jpeg, width, height), wanted);

    [TestCase(".jpg")]
    [TestCase(".png")]
    [TestCase(".webp")]
    public void Decode_Shrunk_HasTheSizeOfWholeSquares(string extension)
    {
        var encoded = TestPictures.Quadrants(643, 481).Encode(extension);

        using var image = Decode(encoded, wantedLongSide: 160);

        Assert.That((image.Width, image.Height, image.Shrink), Is.EqualTo((160, 120, 4)));
        Assert.That((image.OriginalWidth, image.OriginalHeight), Is.EqualTo((643, 481)));
        Assert.That(Quarters(image), Is.EqualTo("rgby"));
    }

    [Test]
    public void Decode_ShrunkPng_MatchesNaiveMeans()
    {
        const int Factor = 4;
        var original = TestPictures.Texture(131, 70, Seed);

        using var image = Decode(original.Encode(".png"), wantedLongSide: original.Width / Factor);

        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var sum = 0;
                for (var i = 0; i < Factor * Factor; i++)
                    sum += original.Rgb[((((y * Factor) + (i / Factor)) * original.Width) + (x * Factor) + (i % Factor)) * 3];
                Assert.That(Pixel(image, x, y).R, Is.EqualTo(sum / (double)(Factor * Factor)).Within(1), $"{x}, {y} (seed {Seed})");
            }
        }
    }

    [TestCase(1, 1)]
    [TestCase(640, 480)]
    [TestCase(333, 257)]
    [TestCase(5, 1000)]
    public void Decode_RandomPng_GivesBackEveryByte(int width, int height)
    {
        var original = TestPictures.Texture(width, height, Seed);

        using var image = Decode(original.Encode(".png"));

        Assert.That(image.Rgb.SequenceEqual(original.Rgb), Is.True, $"seed {Seed}");
    }

    [TestCase(640, 480)]
    [TestCase(333, 257)]
    [TestCase(9, 1000)]
    public void Decode_RandomJpeg_MatchesNaive(int width, int height)
    {
        var encoded = TestPictures.Texture(width, height, Seed).Encode(".jpg");
        var naive = TestPictures.DecodeNaively(encoded);

        using var image = Decode(encoded);

        Assert.That(image.Rgb.SequenceEqual(naive), Is.True, $"seed {Seed}");
    }

    [Test]
    public void Decode_ProgressiveJpeg_Succeeds()
    {
        using var image = Decode(ProgressiveJpeg());

        Assert.That(Quarters(image), Is.EqualTo("rgby"));
    }

    // Without metadata, so that the file is a frame and nothing else.
    private static byte[] Encode(ImageCanvas picture, string extension) =>
        extension == ".avif" ? HeifPictures.Avif(picture) : picture.Encode(extension);

    private static byte[] BareWebP() => TestPictures.Encode(TestPictures.Quadrants(64, 48).Rgb.ToArray(), 64, 48, 3, ".webp[keep=none]");

    private static byte[] ProgressiveJpeg() =>
        TestPictures.Encode(TestPictures.Quadrants(64, 48).Rgb.ToArray(), 64, 48, 3, ".jpg[interlace]");

    [TestCaseSource(nameof(OtherFormats))]
    public void ReadHeader_OtherFormat_NamesTheAcceptedOnes(byte[] encoded)
    {
        var header = ImageDecoder.ReadHeader(encoded);

        Assert.That(header.Error?.Code, Is.EqualTo("image.invalid_image"));
        Assert.That(Reason(header.Error), Does.Contain("JPEG, PNG, WebP, AVIF or HEIC"));
    }

    [Test]
    public void Decode_AvifThatIsTurned_IsTurnedOnce()
    {
        using var image = Decode(HeifPictures.TurnedAvif);

        Assert.That((image.Width, image.Height, Quarters(image)), Is.EqualTo((32, 64, "bryg")));
    }

    [Test]
    public void Decode_AvifShrunk_IsTheMeanOfItsPixels()
    {
        using var image = Decode(HeifPictures.Avif(TestPictures.Quadrants(640, 480)), wantedLongSide: 80);

        Assert.That((image.Width, image.Height, image.Shrink, Quarters(image)), Is.EqualTo((80, 60, 8, "rgby")));
    }

    [TestCase("avis")]
    [TestCase("msf1")]
    [TestCase("")]
    public void ReadHeader_SequenceOfAvif_SaysThatItMoves(string brand)
    {
        var header = ImageDecoder.ReadHeader(HeifPictures.Sequence(HeifPictures.TurnedAvif, brand));

        Assert.That(Reason(header.Error), Does.StartWith("Animated"));
    }

    [Test]
    public void Decode_HeicWhoseExifAsksForATurn_StandsAsItIs([Values(0, 16)] int wantedLongSide)
    {
        HeifPictures.RequireHeic();
        using var image = Decode(HeifPictures.Heic, wantedLongSide);

        var shrink = wantedLongSide == 0 ? 1 : 4;
        Assert.That((image.Width, image.Height, image.OriginalWidth, image.OriginalHeight, Quarters(image)),
            Is.EqualTo((64 / shrink, 32 / shrink, 64, 32, "rgby")));
    }

    [TestCase("msf1")]
    [TestCase("hevc")]
    [TestCase("")]
    public void ReadHeader_SequenceOfHeic_SaysThatItMoves(string brand) =>
        Assert.That(Reason(ImageDecoder.ReadHeader(HeifPictures.Sequence(HeifPictures.Heic, brand)).Error), Does.StartWith("Animated"));

    // The coded size stands in the parameter set, whatever the boxes say; a second set in the data, or a tile named a thousand times, would
    // be another.
    [TestCase("a parameter set of 20000×64")]
    [TestCase("a parameter set among the data")]
    [TestCase("an item that is an overlay")]
    [TestCase("two configurations")]
    [TestCase("lengths of two bytes")]
    [TestCase("data beyond the file")]
    public void ReadHeader_HeicThatCannotBeBounded_IsRefusedBeforeItIsOpened(string how)
    {
        HeifPictures.RequireHeic();
        var file = HeifPictures.Unbounded(how);

        Assert.That(HeicGuard.IsBounded(HeifPictures.Heic), Is.True);
        Assert.That(HeicGuard.IsBounded(file), Is.False);
        Assert.That(Reason(ImageDecoder.ReadHeader(file).Error),
            Does.Contain("The HEIC is damaged").And.Contain("send it smaller, or as JPEG"));
    }

    [Test]
    public void Decode_HeicThatClaimsAnotherSize_IsRefused([Values(8, 5001, 1 << 30)] int side)
    {
        HeifPictures.RequireHeic();
        Assert.That(Refusal(HeifPictures.Claiming(HeifPictures.Heic, side, side)), Is.Not.Null);
    }

    [Test]
    public void Decode_HeicDamaged_NeverThrows()
    {
        HeifPictures.RequireHeic();
        var random = new Random(Seed);
        Action damage = () =>
        {
            for (var round = 0; round < 2000; round++)
            {
                var copy = HeifPictures.Heic.ToArray();
                for (var i = 0; i < 1 + (round % 4); i++) copy[random.Next(copy.Length)] = (byte)random.Next(256);
                Refusal(round % 5 == 0 ? copy[..random.Next(copy.Length)] : copy);
            }
        };

        Assert.That(damage, Throws.Nothing, $"seed {Seed}");
    }

    // The picture has 64×32: what the header says bounds the decoder, and what it says is judged first.
    [TestCase(4001, 4000, "image.too_large")]
    [TestCase(16385, 8, "image.too_large")]
    [TestCase(1 << 30, 1 << 30, null)]
    [TestCase(0, 0, "image.invalid_image")]
    [TestCase(8, 8, "image.invalid_image")]
    public void Decode_AvifThatClaimsAnotherSize_IsRefused(int width, int height, string? code)
    {
        var error = Refusal(HeifPictures.Claiming(HeifPictures.TurnedAvif, width, height));

        Assert.That(error, Is.Not.Null);
        if (code is not null) Assert.That(error!.Code, Is.EqualTo(code));
    }

    private static IEnumerable<TestCaseData> OtherFormats()
    {
        var rgb = TestPictures.Quadrants(16, 16).Rgb.ToArray();
        static TestCaseData Case(string name, byte[] bytes) => new TestCaseData(bytes).SetArgDisplayNames(name);
        yield return Case("empty", []);
        yield return Case("one byte", [0xFF]);
        yield return Case("text", Encoding.UTF8.GetBytes("this is no picture, whatever its name says"));
        yield return Case("svg", Encoding.UTF8.GetBytes("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>"));
        yield return Case("pdf", Encoding.UTF8.GetBytes("%PDF-1.7\n"));
        yield return Case("bmp", Encoding.Latin1.GetBytes("BM\x46\0\0\0\0\0\0\0\x36\0\0\0"));
        yield return Case("heif of jpeg 2000", Encoding.Latin1.GetBytes("\0\0\0\x18" + "ftypj2ki\0\0\0\0mif1j2ki"));
        yield return Case("wave sound", Encoding.Latin1.GetBytes("RIFF\x24\0\0\0WAVEfmt "));
        yield return Case("gif", TestPictures.Encode(rgb, 16, 16, 3, ".gif"));
        yield return Case("animated gif", TestPictures.EncodeAnimation([.. rgb, .. rgb], 16, 16, 2, ".gif"));
        yield return Case("tiff", TestPictures.Encode(rgb, 16, 16, 3, ".tif"));
        yield return Case("animated webp", TestPictures.EncodeAnimation([.. rgb, .. rgb.Reverse()], 16, 16, 2, ".webp"));
    }

    [Test]
    public void ReadHeader_AnimatedWebP_SaysThatItMoves()
    {
        var rgb = TestPictures.Quadrants(16, 16).Rgb.ToArray();

        var header = ImageDecoder.ReadHeader(TestPictures.EncodeAnimation([.. rgb, .. rgb.Reverse()], 16, 16, 2, ".webp"));

        Assert.That(Reason(header.Error), Does.StartWith("Animated"));
    }

    [Test]
    public void Decode_CutShort_IsInvalid(
        [Values(".jpg", ".png", ".webp", ".avif")] string extension, [Values(3, 12, 30, 100, 2000, -1000, -20)] int keep)
    {
        var whole = Encode(TestPictures.Texture(160, 120, Seed), extension);
        var cut = whole[..(keep > 0 ? keep : whole.Length + keep)];

        var error = Refusal(cut);

        Assert.That(error?.Code, Is.EqualTo("image.invalid_image"));
        Assert.That(error!.Kind, Is.EqualTo(ErrorKind.Invalid));
    }

    /// <summary>Cut anywhere, down to where data are missing: what is read is all of the picture, pixel by pixel.</summary>
    [Test]
    public void Decode_JpegWithoutItsEnd_IsReadOnlyWithAllItsPixels([Values(0, 80)] int wantedLongSide, [Values(1, 6)] int orientation)
    {
        var whole = TestPictures.WithOrientation(TestPictures.Texture(160, 120, Seed).Encode(".jpg"), orientation);
        using var expected = Decode(whole, wantedLongSide);
        const int End = 2;

        var read = 0;
        for (var missing = 1; missing < 400; missing++)
        {
            var cut = whole[..^missing];
            var header = ImageDecoder.ReadHeader(cut).Value;
            var decoded = ImageDecoder.Decode(cut, header, wantedLongSide);
            if (missing <= End) Assert.That(decoded.Error, Is.Null, $"{missing} bytes of the end's marker are missing");
            if (!decoded.IsSuccess) continue;
            using var image = decoded.Value;
            Assert.That(image.Rgb.SequenceEqual(expected.Rgb), Is.True, $"{missing} bytes missing");
            read++;
        }

        // The last byte of the data may be filled up with bits that mean nothing.
        Assert.That(read, Is.InRange(End, End + 1));
    }

    // Without its last scan it is whole to a decoder, and not as sharp as it was.
    [Test]
    public void Decode_ProgressiveJpegWithoutItsEnd_IsInvalid()
    {
        var whole = TestPictures.Encode(TestPictures.Texture(160, 120, Seed).Rgb.ToArray(), 160, 120, 3, ".jpg[interlace]");
        var cut = whole[..whole.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA])];

        Assert.That(Refusal(cut)?.Code, Is.EqualTo("image.invalid_image"));
    }

    [Test]
    public void Decode_CutShortAndShrunk_IsInvalid([Values(".jpg", ".png", ".webp")] string extension)
    {
        var whole = TestPictures.WithOrientationIfJpeg(TestPictures.Texture(640, 480, Seed).Encode(extension), 6);
        var header = ImageDecoder.ReadHeader(whole).Value;

        var decoded = ImageDecoder.Decode(whole.AsMemory(0, whole.Length / 2), header, wantedLongSide: 160);

        Assert.That(decoded.Error?.Code, Is.EqualTo("image.invalid_image"));
    }

    [Test]
    public void Decode_RandomDamage_NeverThrows([Values(".jpg", ".png", ".webp", ".avif")] string extension)
    {
        var random = new Random(Seed);
        var whole = Encode(TestPictures.Texture(160, 120, Seed), extension);

        Action damage = () =>
        {
            for (var round = 0; round < 200; round++)
            {
                var copy = whole.ToArray();
                for (var i = 0; i < 10; i++) copy[random.Next(copy.Length)] = (byte)random.Next(256);
                Refusal(copy);
            }
        };

        Assert.That(damage, Throws.Nothing, $"seed {Seed}");
    }

    [Test]
    public void ReadHeader_HugeHeader_IsTooLargeAndInflatesNothing()
    {
        byte[][] bombs =
        [
            TestPictures.ClaimingPng(30_000, 30_000), TestPictures.ClaimingPng(30_000, 1), TestPictures.ClaimingPng(1, 16_385),
            TestPictures.ClaimingPng(10_000, 5_001), TestPictures.ClaimingPng(5_001, 5_000, 16, 6, interlace: 1),
            TestPictures.ClaimingSize(TestPictures.Quadrants(64, 48).Encode(".jpg"), 30_000, 30_000),
            TestPictures.ClaimingSize(TestPictures.Quadrants(64, 48).Encode(".jpg"), 12_001, 10_000),
            TestPictures.ClaimingSize(ProgressiveJpeg(), 5_001, 5_000),
            TestPictures.ClaimingWebP(BareWebP(), 5_001, 5_000),
        ];
        var allocations = TestPictures.NativeAllocations;

        var errors = bombs.Select(b => ImageDecoder.ReadHeader(b).Error).ToArray();

        Assert.That(errors.Select(e => e?.Kind), Is.All.EqualTo(ErrorKind.TooLarge));
        Assert.That(errors[0]!.Message, Does.Contain("30000 × 30000"));
        Assert.That(TestPictures.NativeAllocations, Is.LessThanOrEqualTo(allocations));
    }

    [Test]
    public void ReadHeader_WidthBeyondAnyDecoder_IsRefused()
    {
        var header = ImageDecoder.ReadHeader(TestPictures.ClaimingPng(int.MaxValue, 1));

        Assert.That(header.Error?.Code, Is.EqualTo("image.invalid_image"));
    }

    [Test]
    public void ReadHeader_JustWithinLimits_IsAccepted()
    {
        byte[][] large =
        [
            TestPictures.ClaimingPng(10_000, 5_000), TestPictures.ClaimingPng(16_384, 1),
            TestPictures.ClaimingPng(5_000, 5_000, 16, 6, interlace: 1),
            TestPictures.ClaimingSize(TestPictures.Quadrants(64, 48).Encode(".jpg"), 16_384, 3_000),
            TestPictures.ClaimingSize(TestPictures.Quadrants(64, 48).Encode(".jpg"), 12_000, 10_000),
            TestPictures.ClaimingSize(ProgressiveJpeg(), 5_000, 5_000),
            TestPictures.ClaimingWebP(BareWebP(), 5_000, 5_000),
        ];

        var errors = large.Select(b => ImageDecoder.ReadHeader(b).Error).ToArray();

        Assert.That(errors, Is.All.Null);
    }

    [Test]
    public void ReadHeader_MoreScansThanAnybodyWrites_IsRefusedUnread([Values] bool arithmetic)
    {
        var most = HostilePictures.ManyScans(64, 48, ImageDecoder.MostScans, arithmetic);
        var more = HostilePictures.ManyScans(64, 48, ImageDecoder.MostScans + 1, arithmetic);

        using var image = Decode(most);
        var refused = ImageDecoder.ReadHeader(more);

        Assert.That((image.Width, image.Height), Is.EqualTo((64, 48)));
        Assert.That(refused.Error?.Code, Is.EqualTo("image.invalid_image"));
        Assert.That(Reason(refused.Error), Does.Contain("33 scans").And.Contain("at most 32").And.Contain("baseline"));
    }

    // Wherever an encoder puts them, and whatever lies between: bytes that look like a scan within a segment are none.
    [Test]
    public void ReadHeader_ScansThatAreNone_AreNotCounted()
    {
        byte[] likeScans = [.. Enumerable.Repeat<byte[]>([0xFF, 0xDA, 0, 2], 200).SelectMany(b => b)];
        var commented = HostilePictures.ManySegments(ProgressiveJpeg(), 40, 0xFE, likeScans);

        using var image = Decode(commented);

        Assert.That(JpegLayout.Read(commented).Scans, Is.EqualTo(10));
        Assert.That(Quarters(image), Is.EqualTo("rgby"));
    }

    private static IEnumerable<TestCaseData> PicturesToStop()
    {
        static TestCaseData Case(string name, byte[] bytes, int wanted) => new TestCaseData(bytes, wanted).SetArgDisplayNames(name);
        var texture = TestPictures.Texture(640, 480, Seed);
        yield return Case("JPEG", texture.Encode(".jpg"), 0);
        yield return Case("JPEG, shrunk", texture.Encode(".jpg"), 160);
        yield return Case("JPEG on its side", TestPictures.WithOrientation(texture.Encode(".jpg"), 6), 0);
        yield return Case("progressive JPEG", HostilePictures.ManyScans(640, 480, 20), 0);
        yield return Case("PNG", texture.Encode(".png"), 0);
        yield return Case("PNG, shrunk", texture.Encode(".png"), 160);
        yield return Case("WebP", texture.Encode(".webp"), 0);
    }

    [TestCaseSource(nameof(PicturesToStop))]
    public void Decode_Stopped_EndsTheNativeEngineToo(byte[] encoded, int wantedLongSide)
    {
        var header = ImageDecoder.ReadHeader(encoded).Value;

        Action decode = () => ImageDecoder.Decode(encoded, header, wantedLongSide, new CancellationToken(canceled: true));

        Assert.That(decode, Throws.InstanceOf<OperationCanceledException>());
        using var after = Decode(encoded, wantedLongSide);
    }

    // Its size is read in two places, by two readers: where they differ the picture is damaged, and nothing else is.
    [Test]
    public void Decode_JpegWithWrongBytesInItsHead_IsReadOrRefused()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var whole = TestPictures.Texture(64, 48, Seed).Encode(".jpg");
        for (var round = 0; round < 3000; round++)
        {
            var encoded = whole.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) encoded[random.Next(2, 640)] = (byte)random.Next(256);
            // Among them markers where none belong.
            if (round % 3 == 0) encoded.AsSpan(random.Next(2, 640), 2).Fill(0xFF);
            if (round % 3 == 0) encoded[random.Next(2, 640)] = (byte)random.Next(0xC0, 0xFF);

            Action decode = () =>
            {
                var header = ImageDecoder.ReadHeader(encoded);
                if (!header.IsSuccess || header.Value.Width * header.Value.Height > 1_000_000) return;
                var decoded = ImageDecoder.Decode(encoded, header.Value, wantedLongSide: 0);
                if (decoded.IsSuccess) decoded.Value.Dispose();
            };

            Assert.That(decode, Throws.Nothing, $"seed {seed}, round {round}");
        }
    }

    [Test]
    public void ReadHeader_JpegWithAndWithoutExif_SaysTheSame()
    {
        var plain = TestPictures.Texture(70, 50, Seed).Encode(".jpg");
        // An empty segment of EXIF's kind, which leaves the reading to the decoder.
        byte[] other = [.. plain[..2], 0xFF, 0xE1, 0, 8, .. "Exif\0\0"u8, .. plain[2..]];

        var (quick, slow) = (ImageDecoder.ReadHeader(plain), ImageDecoder.ReadHeader(other));

        Assert.That(quick.Value, Is.EqualTo(new ImageHeader(ImageFormat.Jpeg, 70, 50)));
        Assert.That(slow.Value, Is.EqualTo(quick.Value));
        Assert.That(ImageDecoder.ReadHeader(TestPictures.WithOrientation(plain, 1)).Value, Is.EqualTo(quick.Value));
    }

    [TestCase(48, 48)]
    [TestCase(64, 64)]
    public void Decode_HeaderOfAnotherPicture_Throws(int width, int height)
    {
        var encoded = TestPictures.Quadrants(64, 48).Encode(".jpg");

        Action decode = () => ImageDecoder.Decode(encoded, new(ImageFormat.Jpeg, width, height), wantedLongSide: 0);

        Assert.That(decode, Throws.ArgumentException);
    }

    [Test]
    public void Decode_EncodedBytesOverwrittenAfterwards_KeepsItsPixels()
    {
        var original = TestPictures.Texture(64, 48, Seed);
        var encoded = original.Encode(".png");

        using var image = Decode(encoded);
        Array.Clear(encoded);
        GC.Collect();

        Assert.That(image.Rgb.SequenceEqual(original.Rgb), Is.True);
    }

    [Test]
    public void Decode_TwoAlive_ShareNoMemory()
    {
        var red = ImageCanvas.Blank(64, 48, new(255, 0, 0)).Encode(".png");
        var blue = ImageCanvas.Blank(64, 48, new(0, 0, 255)).Encode(".png");

        using var first = Decode(red);
        using var second = Decode(blue);

        Assert.That((Pixel(first, 10, 10), Pixel(second, 10, 10)), Is.EqualTo(((255, 0, 0), (0, 0, 255))));
    }

    [Test]
    public void Rgb_AfterDispose_Throws()
    {
        var image = Decode(TestPictures.Quadrants(64, 48).Encode(".jpg"));
        image.Dispose();
        image.Dispose(); // The second time gives nothing back: the count of the tear-down says so.

        Action read = () => _ = image.Rgb.Length;

        Assert.That(read, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Decode_EightThreads_AgreeAndLeaveNothing()
    {
        const int Threads = 8, Rounds = 25;
        var upright = TestPictures.Texture(320, 240, Seed).Encode(".jpg");
        byte[][] pictures =
        [
            upright, TestPictures.WithOrientation(upright, 6), TestPictures.Texture(320, 240, Seed).Encode(".png"),
            TestPictures.Texture(320, 240, Seed).Encode(".webp"), upright[..(upright.Length / 2)], "no picture at all"u8.ToArray(),
        ];
        int[] Sums(int wanted) => [.. pictures.Select(p => ChecksumOf(p, wanted))];
        int[] expected = Sums(0), expectedSmall = Sums(100);
        var allocations = TestPictures.NativeAllocations;

        var disagreeing = 0;
        var threads = Enumerable.Range(0, Threads).Select(n => new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var agrees = (n + round) % 2 == 0 ? Sums(0).SequenceEqual(expected) : Sums(100).SequenceEqual(expectedSmall);
                if (!agrees) Interlocked.Increment(ref disagreeing);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        Assert.That(disagreeing, Is.Zero);
        // libvips drops what it keeps per thread when the thread is gone, which may be a moment after it was joined.
        Assert.That(() => TestPictures.NativeAllocations, Is.LessThanOrEqualTo(allocations).After(10).Seconds.PollEvery(20).MilliSeconds);
    }

    private static int ChecksumOf(byte[] encoded, int wantedLongSide)
    {
        var header = ImageDecoder.ReadHeader(encoded);
        if (!header.IsSuccess) return -1;
        var decoded = ImageDecoder.Decode(encoded, header.Value, wantedLongSide);
        if (!decoded.IsSuccess) return -2;
        using var image = decoded.Value;
        var hash = default(HashCode);
        hash.AddBytes(image.Rgb);
        return hash.ToHashCode();
    }

    [Test]
    public void Decode_AfterWarmUp_AllocatesNextToNothing()
    {
        const int Rounds = 200;
        var encoded = TestPictures.Texture(640, 480, Seed).Encode(".jpg");
        for (var i = 0; i < 20; i++) Decode(encoded).Dispose();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            var header = ImageDecoder.ReadHeader(encoded).Value;
            ImageDecoder.Decode(encoded, header, wantedLongSide: 0).Value.Dispose();
        }
        var perDecode = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;

        TestContext.Out.WriteLine($"{perDecode} bytes per decode");
        Assert.That(perDecode, Is.LessThan(1024));
    }

    [Test]
    public void Dispose_NeverCalledOnAHandle_IsCounted()
    {
        static void Forget() => _ = VipsImage.OverMemory(Marshal.AllocHGlobal(3), 3, 1, 1, 3);
        Forget();

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.That(VipsHandle.Finalized, Is.EqualTo(_finalized + 1));
        _finalized++;
    }

    [Test]
    public void PixelBuffer_GivenBack_HoldsNothingForTheNext()
    {
        const int Length = 123_457;
        var first = PixelBuffer.Rent(Length);
        first.Bytes.Fill(7);
        first.Return();

        var next = PixelBuffer.Rent(Length);
        var found = next.Bytes.ToArray();
        next.Return();

        Assert.That(next, Is.SameAs(first), "otherwise this says nothing");
        Assert.That(found, Is.All.Zero);
    }

    [Test]
    public void Refusal_OfAnyPicture_CarriesNothingOfIt()
    {
        var secret = Encoding.UTF8.GetBytes("top-secret-content and more of it");
        byte[] disguised = [0xFF, 0xD8, 0xFF, 0xE0, .. secret];

        var errors = new[] { Refusal(secret), Refusal(disguised) };

        Assert.That(errors.Select(e => e?.Message + Reason(e)), Has.None.Contain("secret"));
    }
}
