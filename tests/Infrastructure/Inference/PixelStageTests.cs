using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>The fast pixel loops against the plain ones.</summary>
public sealed class PixelStageTests
{
    private static readonly ModelInput Bgr = new("x", 0, "NCHW", ColourOrder.Bgr, [104, 117, 123], [1, 2, 4]);
    private static readonly ModelInput Rgb = new("x", 0, "NCHW", ColourOrder.Rgb, [127.5f, 127.5f, 127.5f], [127.5f, 127.5f, 127.5f]);

    [Test]
    public void WriteRow_RandomInputs_MatchesNaive([Values(1, 15, 16, 17, 33, 640)] int width, [Values] bool bgr)
    {
        var input = bgr ? Bgr : Rgb;
        var random = Seeded();
        var rgb = new byte[width * 3];
        random.NextBytes(rgb);
        var planes = new float[3 * (width + 5)];

        new PixelTensor(input).WriteRow(rgb, planes, width + 5, 5);

        for (var plane = 0; plane < 3; plane++)
        {
            var channel = bgr ? 2 - plane : plane;
            for (var x = 0; x < width; x++)
                Assert.That(planes[(plane * (width + 5)) + 5 + x],
                    Is.EqualTo((rgb[(3 * x) + channel] - input.Mean[plane]) / input.Std[plane]).Within(1e-4));
        }
    }

    [TestCase(640, 480, 640, TestName = "Fill_SameSize_MatchesNaive")]
    [TestCase(1280, 720, 640, TestName = "Fill_Half_MatchesNaive")]
    [TestCase(250, 250, 640, TestName = "Fill_Enlarged_MatchesNaive")]
    [TestCase(333, 777, 320, TestName = "Fill_OddPortrait_MatchesNaive")]
    [TestCase(1, 1, 320, TestName = "Fill_OnePixel_MatchesNaive")]
    public void Fill(int width, int height, int side)
    {
        var rgb = new byte[width * height * 3];
        Seeded().NextBytes(rgb);
        var image = new RgbView(rgb, width, height);
        var tensor = new float[3 * side * side];
        var scale = side / (float)Math.Max(width, height);

        new Letterbox(new PixelTensor(Bgr)).Fill(image, new(0, 0, width, height), tensor, side, side, scale);

        int smallWidth = (int)MathF.Round(width * scale), smallHeight = (int)MathF.Round(height * scale);
        for (var y = 0; y < side; y += 7)
        {
            for (var x = 0; x < side; x += 5)
            {
                var inside = x < smallWidth && y < smallHeight;
                for (var plane = 0; plane < 3; plane++)
                {
                    var pixel = inside
                        ? Bilinear(rgb, width, height, ((x + 0.5) * width / smallWidth) - 0.5, ((y + 0.5) * height / smallHeight) - 0.5,
                            2 - plane)
                        : 0;
                    Assert.That(tensor[(plane * side * side) + (y * side) + x], Is.EqualTo((pixel - Bgr.Mean[plane]) / Bgr.Std[plane])
                        .Within(0.02), $"({x}, {y})");
                }
            }
        }
    }

    [Test]
    public void Fill_SmallerPictureAfterLarger_LeavesNothingOfTheLarger()
    {
        var letterbox = new Letterbox(new PixelTensor(Rgb));
        var tensor = new float[3 * 64 * 64];
        var white = Enumerable.Repeat((byte)255, 64 * 64 * 3).ToArray();
        letterbox.Fill(new RgbView(white, 64, 64), new(0, 0, 64, 64), tensor, 64, 64, 1);

        letterbox.Fill(new RgbView(white.AsSpan(0, 64 * 16 * 3), 64, 16), new(0, 0, 64, 16), tensor, 64, 64, 1);

        Assert.That(tensor[(15 * 64) + 63], Is.EqualTo(1).Within(1e-6));
        Assert.That(tensor[16 * 64], Is.EqualTo(-1).Within(1e-6));
    }

    [Test]
    public void Warp_TurnedFaceAtTheEdge_MatchesNaiveAndIsBlackOutside()
    {
        const int Width = 90, Height = 70;
        var rgb = new byte[Width * Height * 3];
        Seeded().NextBytes(rgb);
        var toTemplate = SimilarityTransform.ToTemplate(new(new(5, 20), new(40, 5), new(30, 35), new(20, 55), new(55, 45)));
        float[] plain = new float[3 * FaceAligner.Pixels], mirrored = new float[3 * FaceAligner.Pixels];

        FaceAligner.Warp(new RgbView(rgb, Width, Height), toTemplate, new PixelTensor(Rgb), plain, mirror: false);
        FaceAligner.Warp(new RgbView(rgb, Width, Height), toTemplate, new PixelTensor(Rgb), mirrored, mirror: true);

        var back = toTemplate.Invert();
        for (var y = 0; y < 112; y += 3)
        {
            for (var x = 0; x < 112; x++)
            {
                var at = back.Apply(new(x, y));
                for (var c = 0; c < 3; c++)
                {
                    var expected = (BilinearBlackOutside(rgb, Width, Height, at.X, at.Y, c) - 127.5) / 127.5;
                    Assert.That(plain[(c * FaceAligner.Pixels) + (y * 112) + x], Is.EqualTo(expected).Within(0.01), $"({x}, {y})");
                    Assert.That(mirrored[(c * FaceAligner.Pixels) + (y * 112) + 111 - x], Is.EqualTo(expected).Within(0.01));
                }
            }
        }
    }

    private static Random Seeded()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    private static double Bilinear(byte[] rgb, int width, int height, double x, double y, int channel) =>
        BilinearBlackOutside(rgb, width, height, Math.Clamp(x, 0, width - 1), Math.Clamp(y, 0, height - 1), channel);

    private static double BilinearBlackOutside(byte[] rgb, int width, int height, double x, double y, int channel)
    {
        int left = (int)Math.Floor(x), top = (int)Math.Floor(y);
        double At(int px, int py) => (uint)px < (uint)width && (uint)py < (uint)height ? rgb[(((py * width) + px) * 3) + channel] : 0;
        double fx = x - left, fy = y - top;
        return (((At(left, top) * (1 - fx)) + (At(left + 1, top) * fx)) * (1 - fy))
            + (((At(left, top + 1) * (1 - fx)) + (At(left + 1, top + 1) * fx)) * fy);
    }
}
