using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

public sealed class PictureSummaryTests
{
    [Test]
    public void MeanGrey_RandomPictures_MatchesNaive()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            int width = random.Next(1, 900), height = random.Next(1, 40);
            var rgb = new byte[width * height * 3];
            if (round % 4 == 0) Array.Fill(rgb, (byte)255);
            else random.NextBytes(rgb);
            int left = random.Next(width), top = random.Next(height);
            var box = new FaceBox(left, top, random.Next(left, width + 1), random.Next(top, height + 1));

            var mean = PictureSummary.MeanGrey(new RgbView(rgb, width, height), box);

            Assert.That(mean, Is.EqualTo(Naive(rgb, width, height, box)), $"seed {seed}, {width}×{height}, {box}");
        }
    }

    [Test]
    public void Digest_AnyByteChanges_IsAnother()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        // 64 pixels: words that fill the lanes and some that do not.
        var rgb = new byte[(64 * 3) + 8];
        random.NextBytes(rgb);
        var digests = new HashSet<ulong> { PictureSummary.Digest(rgb) };

        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] ^= 1;
            digests.Add(PictureSummary.Digest(rgb));
            rgb[i] ^= 1;
        }

        Assert.That(digests, Has.Count.EqualTo(rgb.Length + 1), $"seed {seed}");
        Assert.That(digests, Does.Contain(PictureSummary.Digest(rgb)));
    }

    private static float Naive(byte[] rgb, int width, int height, FaceBox box)
    {
        var pixels = box.ToPixels(width, height);
        long red = 0, green = 0, blue = 0;
        for (var y = pixels.Top; y < pixels.Bottom; y++)
        {
            for (var x = pixels.Left; x < pixels.Right; x++)
            {
                var at = ((y * width) + x) * 3;
                red += rgb[at];
                green += rgb[at + 1];
                blue += rgb[at + 2];
            }
        }
        var count = Math.Max(1, (pixels.Right - pixels.Left) * (pixels.Bottom - pixels.Top));
        return (float)(((0.299 * red) + (0.587 * green) + (0.114 * blue)) / count);
    }
}
