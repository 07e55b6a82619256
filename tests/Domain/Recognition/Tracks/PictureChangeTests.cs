using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition.Tracks;

public sealed class PictureChangeTests
{
    private const int Width = 80, Height = 60;

    private static readonly FaceBox Somewhere = new(160, 160, 240, 240);

    [Test]
    public void Between_SamePicture_IsNoChange() => Assert.That(PictureChange.Between(Scene(), Scene()).Count, Is.Zero);

    [TestCase(1.0)]
    [TestCase(1.3)]
    public void Between_Noise_IsNoChange(double deviation) =>
        Assert.That(PictureChange.Between(Scene(deviation, seed: 1), Scene(deviation, seed: 2)).Count, Is.Zero);

    [TestCase(0.8, 0)]
    [TestCase(1.2, -12)]
    [TestCase(1.0, 25)]
    public void Between_OtherLight_IsNoChange(double factor, int offset)
    {
        var change = PictureChange.Between(Scene(0.5, 1), Scene(0.5, 2, (grey, _, _) => (grey * factor) + offset));

        Assert.That(change.Count, Is.Zero);
    }

    [Test]
    public void Between_SomethingNew_IsToldWhere()
    {
        var change = PictureChange.Between(Scene(0.5, 1), Scene(0.5, 2, (grey, x, y) => IsSomewhere(x, y) ? grey + 30 : grey));

        Assert.That(change.Count, Is.EqualTo(100), "a square of 80 pixels");
        Assert.That(change.IsCut, Is.False);
        Assert.That(change.IsWithin(Somewhere), Is.True);
        Assert.That(change.IsWithin(new(0, 0, 159, 480)), Is.False);
        Assert.That(change.Outside([Somewhere]), Is.Null);
        Assert.That(change.Outside([Somewhere with { Right = 230 }]), Is.EqualTo(Somewhere with { Left = 232 }));
        Assert.That(change.Outside([]), Is.EqualTo(Somewhere));
    }

    [Test]
    public void Between_SomethingNewInOtherLight_IsToldWhere()
    {
        var change = PictureChange.Between(
            Scene(0.5, 1), Scene(0.5, 2, (grey, x, y) => (IsSomewhere(x, y) ? grey + 40 : grey) * 0.8));

        Assert.That(change.IsWithin(Somewhere), Is.True);
        Assert.That(change.Outside([Somewhere]), Is.Null);
    }

    [Test]
    public void Between_FaintChangeInAClearPicture_IsSeen()
    {
        var change = PictureChange.Between(Scene(), Scene(change: (grey, x, y) => IsSomewhere(x, y) ? grey + 5 : grey));

        Assert.That(change.IsWithin(Somewhere), Is.True);
    }

    [Test]
    public void Between_AnotherScene_IsACut()
    {
        var other = PictureChange.Between(Scene(), Scene(change: (_, x, y) => 128 + (100 * Math.Sin(x * 0.9) * Math.Cos(y * 1.3))));

        Assert.That(other.IsCut, Is.True);
    }

    [Test]
    public void Between_BlankPictures_IsNoChange() => Assert.That(
        PictureChange.Between(Scene(change: (_, _, _) => 0), Scene(change: (_, _, _) => 90)).Count, Is.Zero);

    [Test]
    public void Between_PicturesOfTwoSizes_Throws() =>
        Assert.That(() => PictureChange.Between(Scene(), new(1, 1, new byte[1])), Throws.ArgumentException);

    [Test]
    public void IsWithin_RectangleBeyondThePicture_IsClipped() =>
        Assert.That(PictureChange.Between(Scene(), Scene()).IsWithin(new(-50, -50, 5_000, 5_000)), Is.False);

    [Test]
    public void TakeOver_Place_IsNoLongerChanged()
    {
        var (before, now) = (Scene(), Scene(change: (grey, x, y) => IsSomewhere(x, y) ? grey + 30 : grey));

        before.TakeOver(now, [Somewhere]);

        Assert.That(PictureChange.Between(before, now).Count, Is.Zero);
    }

    private static bool IsSomewhere(int x, int y) => x is >= 20 and < 30 && y is >= 20 and < 30;

    /// <summary>A room: a slope of light with furniture.</summary>
    private static LumaPicture Scene(double deviation = 0, int seed = 0, Func<double, int, int, double>? change = null)
    {
        var random = new Random(seed);
        var pixels = new byte[Width * Height];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var grey = 70.0 + x + ((x / 11 * 7) + (y / 9 * 13)) % 40;
                grey = change?.Invoke(grey, x, y) ?? grey;
                var noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                pixels[(y * Width) + x] = (byte)Math.Clamp(Math.Round(grey + (noise * deviation)), 0, 255);
            }
        }
        return new(Width, Height, pixels);
    }
}
