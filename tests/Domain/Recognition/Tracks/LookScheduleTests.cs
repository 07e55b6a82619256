using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition.Tracks;

public sealed class LookScheduleTests
{
    private const double Frame = 0.1;

    private static readonly FaceBox Face = new(280, 100, 340, 180);
    private static readonly FaceBox Corner = new(0, 0, 40, 40);

    private LookSchedule _schedule = null!;
    private Track _track = null!;
    private double _at;

    [SetUp]
    public void SeeTheFirstFrame()
    {
        _at = 0;
        _schedule = new();
        _track = new(1, new(new(Face, default, 0.99f), FacePatch.Of(new float[256]), 0.5f, TestEmbeddings.Of([1, 0])), default);
        Assert.That(For(null).Extent, Is.EqualTo(LookExtent.Whole));
    }

    [Test]
    public void For_NothingChanged_IsNothingUntilALookIsDue()
    {
        var whole = 0;
        for (var i = 0; i < 300; i++)
        {
            if (For([]).Extent == LookExtent.Whole) whole++;
        }

        Assert.That(whole, Is.InRange(1, 2), "half a minute");
    }

    [Test]
    public void For_FaceMoved_IsItsSurroundings()
    {
        var look = For([Face]);

        Assert.That(look.Extent, Is.EqualTo(LookExtent.Parts));
        Assert.That(look.Moved, Is.EqualTo(new[] { _track }));
        Assert.That(look.Windows, Is.EqualTo(new[] { _track.SurroundingsAt(TimeSpan.FromSeconds(_at)) }));
    }

    [Test]
    public void For_BodyMovedBelowAStillFace_IsNothing() =>
        Assert.That(For([new(250, 400, 370, 470)]).Extent, Is.EqualTo(LookExtent.Nothing));

    [Test]
    public void For_FaceKeepsMoving_LooksAtTheWholeEveryFewSeconds()
    {
        var whole = 0;
        for (var i = 0; i < 100; i++)
        {
            if (For([Face]).Extent == LookExtent.Whole) whole++;
        }

        Assert.That(whole, Is.InRange(2, 4), "ten seconds");
    }

    [Test]
    public void For_SomethingElseChanged_IsItsPlaceAtOnce()
    {
        var look = For([Corner, Face]);

        Assert.That((look.Extent, look.Newcomers), Is.EqualTo((LookExtent.Parts, (FaceBox?)Corner)));
        Assert.That(look.Moved, Is.EqualTo(new[] { _track }));
    }

    [Test]
    public void For_SomethingWithoutAFaceKeepsMoving_IsLookedAtLessAndLess()
    {
        var looks = 0;
        for (var i = 0; i < 100; i++)
        {
            if (For([Corner]).Extent != LookExtent.Nothing) looks++;
        }

        Assert.That(looks, Is.InRange(8, 14), "ten seconds");
    }

    [Test]
    public void For_ItStoppedAndMovesAgain_IsLookedAtAtOnce()
    {
        for (var i = 0; i < 50; i++) For([Corner]);
        For([]);

        Assert.That(For([Corner]).Newcomers, Is.EqualTo(Corner));
    }

    [Test]
    public void For_FramesFarApart_IsTheWholeWhereAnythingChanged()
    {
        _at += 1;
        Assert.That(For([]).Extent, Is.EqualTo(LookExtent.Nothing));

        _at += 1;
        Assert.That(For([Face]).Extent, Is.EqualTo(LookExtent.Whole));
    }

    [Test]
    public void For_Cut_IsAnotherScene()
    {
        var look = For([new(0, 0, 640, 480)]);

        Assert.That((look.Extent, look.IsOfAnotherScene), Is.EqualTo((LookExtent.Whole, true)));
    }

    [Test]
    public void For_SomebodyMissed_AreLookedForWhereTheyWereLost()
    {
        _track.Miss();

        Assert.That(For([]).Extent, Is.EqualTo(LookExtent.Nothing));
        Assert.That(For([Face]).Moved, Is.EqualTo(new[] { _track }));
    }

    /// <summary>A frame, a tenth of a second after the last one.</summary>
    /// <param name="changed">Where it differs; null where nothing can be compared.</param>
    private Look For(FaceBox[]? changed)
    {
        _at += Frame;
        var at = TimeSpan.FromSeconds(_at);
        var look = _schedule.For(changed is null ? null : PictureChange.Between(Room([]), Room(changed)), [_track], at);
        if (look.Extent != LookExtent.Nothing) _schedule.Saw(isWhole: look.Extent == LookExtent.Whole, cameAny: changed is null, at);
        return look;
    }

    private static LumaPicture Room(FaceBox[] changed)
    {
        const int Width = 80, Height = 60;
        var pixels = new byte[Width * Height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % Width * 8, i / Width * 8);
            var isChanged = changed.Any(c => x >= c.Left && x < c.Right && y >= c.Top && y < c.Bottom);
            pixels[i] = (byte)(isChanged ? 200 - (x * y % 97) : 60 + (i % Width));
        }
        return new(Width, Height, pixels);
    }
}
