using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

public sealed class JpegLumaTests
{
    private const int Seed = 20_261_129;

    private static readonly byte[] Ordinary = Jpeg(640, 480, "[Q=85]");

    [TestCase("[Q=85]", 640, 480, TestName = "{m}(colours at half their size)")]
    [TestCase("[Q=95,subsample_mode=off]", 640, 480, TestName = "{m}(colours at full size)")]
    [TestCase("[Q=30]", 637, 475, TestName = "{m}(blocks that the picture fills in part)")]
    [TestCase("[Q=85,restart_interval=7]", 321, 243, TestName = "{m}(restart markers)")]
    [TestCase("[Q=98,optimize_coding=true]", 200, 600, TestName = "{m}(codes of its own)")]
    [TestCase("[Q=1]", 8, 8, TestName = "{m}(one block)")]
    public void Read_BaselineJpeg_IsWhatTheDecoderMakesOfIt(string options, int width, int height)
    {
        var jpeg = Jpeg(width, height, options);

        var read = JpegLuma.Read(jpeg);

        Assert.That(read, Is.Not.Null);
        Assert.That((read!.Value.Width, read.Value.Height), Is.EqualTo((width, height)));
        AssertSame(jpeg, read.Value.Luma);
    }

    [Test]
    public void Read_GreyJpeg_IsWhatTheDecoderMakesOfIt()
    {
        var grey = TestPictures.Texture(120, 88, Seed).Rgb.ToArray().Where((_, i) => i % 3 == 1).ToArray();
        var jpeg = TestPictures.Encode(grey, 120, 88, 1, ".jpg[Q=80]");

        AssertSame(jpeg, JpegLuma.Read(jpeg)!.Value.Luma);
    }

    [Test]
    public void Read_Orientation_IsReadOnlyUpright()
    {
        Assert.That(JpegLuma.Read(TestPictures.WithOrientation(Ordinary, 1)), Is.Not.Null);
        for (var turned = 2; turned <= 9; turned++)
            Assert.That(JpegLuma.Read(TestPictures.WithOrientation(Ordinary, turned)), Is.Null, $"orientation {turned}");
    }

    [Test]
    public void Read_WhatIsLeftToTheDecoder_IsNothing()
    {
        byte[] cmyk = TestPictures.Encode(new byte[32 * 32 * 4], 32, 32, 4, ".jpg", interpretation: TestPictures.Cmyk);
        byte[][] others =
        [
            [], [0xFF, 0xD8], [0xFF, 0xD8, 0xFF], Jpeg(64, 64, "[interlace]"), Jpeg(7, 64, "[Q=85]"),
            TestPictures.Texture(64, 64, Seed).Encode(".png"), cmyk, HostilePictures.ManyScans(64, 64, 3),
            TestPictures.ClaimingSize(Ordinary, 5000, 480), TestPictures.ClaimingSize(Ordinary, 0, 480), [.. Ordinary[..^2], 0, 0, 0],
        ];

        foreach (var other in others) Assert.That(JpegLuma.Read(other), Is.Null);
    }

    [Test]
    public void Read_CutShort_IsNothing()
    {
        for (var length = 0; length < Ordinary.Length; length += 97)
        {
            Assert.That(JpegLuma.Read(Ordinary.AsSpan(0, length)), Is.Null, $"{length} bytes");
            Assert.That(JpegLuma.Read([.. Ordinary[..length], 0xFF, 0xD9]), Is.Null, $"{length} bytes and an end");
        }
    }

    [Test]
    public void Read_ClaimOfAnotherSize_IsNothing()
    {
        Assert.That(JpegLuma.Read(TestPictures.ClaimingSize(Ordinary, 4096, 4096)), Is.Null);
        Assert.That(JpegLuma.Read(TestPictures.ClaimingSize(Ordinary, 640, 320)), Is.Null);
    }

    [Test]
    public void Read_RandomDamage_NeverThrows()
    {
        var random = new Random(Seed);
        TestContext.Out.WriteLine($"seed {Seed}");
        var read = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var damaged = Ordinary.ToArray();
            // One half in the head, where the tables are.
            var reach = i % 2 == 0 ? 700 : damaged.Length;
            for (var n = random.Next(1, 8); n > 0; n--) damaged[random.Next(2, reach)] = (byte)random.Next(256);
            if (JpegLuma.Read(damaged) is not { } picture) continue;
            read++;
            Assert.That(picture.Luma.Pixels.Length, Is.EqualTo(picture.Width / 8 * (picture.Height / 8)));
        }

        Assert.That(read, Is.InRange(1, 1_999), "damage that leaves the data readable, and damage that does not");
        Assert.That(JpegLuma.Read(Ordinary), Is.Not.Null, "nothing of it stays behind");
    }

    private static void AssertSame(byte[] jpeg, LumaPicture luma)
    {
        var header = ImageDecoder.ReadHeader(jpeg).Value;
        using var decoded = ImageDecoder.Decode(jpeg, header, wantedLongSide: 1).Value;
        var expected = SmallPicture.Of(decoded);

        Assert.That((luma.Width, luma.Height), Is.EqualTo((expected.Width, expected.Height)));
        var worst = 0;
        for (var i = 0; i < luma.Pixels.Length; i++) worst = Math.Max(worst, Math.Abs(luma.Pixels[i] - expected.Pixels[i]));
        Assert.That(worst, Is.LessThanOrEqualTo(2), "grey levels: to colours and back is rounded twice");
    }

    private static byte[] Jpeg(int width, int height, string options) =>
        TestPictures.Encode(TestPictures.Texture(width, height, Seed).Rgb.ToArray(), width, height, 3, $".jpg{options}");
}
