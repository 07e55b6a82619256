using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition.Tracks;

/// <summary>People are axes of the embedding's space; a view strays from its axis as far as a test says.</summary>
public sealed class TrackSetTests
{
    private const float SameFrom = 0.5f;
    private const double Frame = 0.1;

    private readonly List<float> _noise = [.. Enumerable.Range(0, FacePatch.Side * FacePatch.Side * 4)
        .Select(i => (float)Math.Sin(i * 12.9898) * 100)];

    private TrackSet _tracks = null!;
    private double _at;

    /// <summary>Faces that were embedded, by frame.</summary>
    private List<int> _embedded = null!;

    [SetUp]
    public void Begin() => (_tracks, _at, _embedded) = (new(SameFrom), 0, []);

    [Test]
    public void Settle_PersonWalks_IsOneTrackEmbeddedAFewTimes()
    {
        for (var i = 0; i < 40; i++) See((0, 100 + (i * 10), 100));

        Assert.That(_tracks.Tracks, Has.Count.EqualTo(1));
        Assert.That(_embedded.Sum(), Is.InRange(3, 5), "the first views, and one a few seconds later");
        Assert.That(_embedded[0], Is.EqualTo(1));
    }

    [Test]
    public void Settle_SwiftPerson_IsFollowedByWhereTheyWillBe()
    {
        var first = See((0, 100, 100))[0];
        for (var i = 1; i < 8; i++) Assert.That(See((0, 100 + (40 * i) + (i * i), 100))[0], Is.SameAs(first), $"frame {i}");
    }

    [Test]
    public void Settle_TwoPeopleCross_KeepTheirTracks()
    {
        var first = See((0, 100, 100), (1, 500, 110));
        Track[] last = first;
        for (var i = 1; i <= 40; i++) last = See((0, 100 + (i * 10), 100), (1, 500 - (i * 10), 110));

        Assert.That(last, Is.EqualTo(first));
        Assert.That(_tracks.Tracks.Select(t => Axis(t.Mean)), Is.EquivalentTo(new[] { 0, 1 }), "no view went to the other");
    }

    [Test]
    public void Settle_TwoPeopleCrossAndOneHidesTheOther_KeepTheirTracks()
    {
        var first = See((0, 100, 100), (1, 400, 110));
        for (var i = 1; i < 30; i++)
        {
            int left = 100 + (i * 10), right = 400 - (i * 10);
            if (Math.Abs(left - right) < 70) See((0, left, 100));
            else See((0, left, 100), (1, right, 110));
        }

        var last = See((0, 400, 100), (1, 100, 110));
        Assert.That(last, Is.EqualTo(first));
    }

    [Test]
    public void Settle_AnotherPersonInTheSamePlace_IsANewTrack()
    {
        var first = See((0, 100, 100))[0];
        var second = See((1, 100, 100))[0];

        Assert.That(second, Is.Not.SameAs(first));
        Assert.That(Axis(second.Mean), Is.EqualTo(1));
        Assert.That(first.IsMissed, Is.True);
    }

    [Test]
    public void Settle_TwoPeopleChangePlacesBetweenFrames_KeepTheirTracks()
    {
        var first = See((0, 100, 100), (1, 145, 100));
        var second = See((1, 100, 100), (0, 145, 100));

        Assert.That(second, Is.EqualTo(new[] { first[1], first[0] }));
    }

    [Test]
    public void Settle_FaceHiddenForAMoment_ContinuesOnceItsLooksAgree()
    {
        var first = See((0, 100, 100))[0];
        for (var i = 0; i < 8; i++) See();
        var embedded = _embedded.Sum();

        var back = See((0, 105, 100))[0];

        Assert.That(back, Is.SameAs(first));
        Assert.That(_embedded.Sum(), Is.EqualTo(embedded + 1), "whoever was lost is looked at again");
    }

    [Test]
    public void Settle_AnotherComesWhereOneWasHidden_IsANewTrack()
    {
        var first = See((0, 100, 100))[0];
        for (var i = 0; i < 8; i++) See();

        Assert.That(See((1, 105, 100))[0], Is.Not.SameAs(first));
    }

    [Test]
    public void Settle_FaceGoneForLong_LeavesAndComesAnew()
    {
        var first = See((0, 100, 100))[0];
        for (var i = 0; i < 17; i++) See();

        Assert.That(_tracks.Tracks, Is.Empty);
        Assert.That(See((0, 100, 100))[0], Is.Not.SameAs(first));
    }

    [Test]
    public void Match_LongPause_TrustsNoPlace()
    {
        var first = See((0, 100, 100))[0];
        _at += 1.1;

        var later = See((0, 100, 100))[0];

        Assert.That(later, Is.SameAs(first), "the looks agree");
        Assert.That(_embedded, Is.EqualTo(new[] { 1, 1 }));
    }

    [Test]
    public void Match_Cut_TrustsNoPlace()
    {
        See((0, 100, 100));
        var (seen, at) = (Face(0, 100, 100), TimeSpan.FromSeconds(_at));

        Assert.That(_tracks.Match([seen.Face], [seen.Patch], at, isCut: false)[0].IsCertain, Is.True);
        Assert.That(_tracks.Match([seen.Face], [seen.Patch], at, isCut: true)[0].IsCertain, Is.False);
    }

    [Test]
    public void Match_FaceTwiceAsTallInTheSamePlace_IsNotTheSame()
    {
        See((0, 100, 100));

        var seen = Face(0, 100, 100, side: 180);
        var match = _tracks.Match([seen.Face], [seen.Patch], TimeSpan.FromSeconds(_at), isCut: false)[0];

        Assert.That(match.Track, Is.Null);
    }

    [Test]
    public void Settle_ViewThatIsNobodyOfTheTracks_ChangesNoMean()
    {
        var first = See((0, 100, 100))[0];
        var mean = first.Mean;

        See((1, 101, 100));

        Assert.That(first.Mean, Is.SameAs(mean));
    }

    [Test]
    public void Settle_BetterView_IsEmbedded()
    {
        See((0, 100, 100));
        for (var i = 0; i < 12; i++) See((0, 100 + i, 100));
        var before = _embedded.Sum();

        // The face has turned to the camera meanwhile.
        for (var i = 0; i < 3; i++) SeeOne(Face(0, 113 + i, 100, quality: 0.9f));

        Assert.That(_embedded.Sum(), Is.EqualTo(before + 1));
    }

    [Test]
    public void Mean_OfOneView_IsItsOwnEmbedding()
    {
        var seen = Face(0, 100, 100);

        Assert.That(SeeOne(seen).Mean, Is.SameAs(seen.Embedding));
    }

    [Test]
    public void Mean_OfViews_LeansToTheBetterOnes()
    {
        var track = SeeOne(Face(0, 100, 100, quality: 0.2f, stray: 0.6f));
        _at += 0.5;
        SeeOne(Face(0, 101, 100, quality: 0.9f));

        Assert.That(track.ViewCount, Is.EqualTo(2));
        Assert.That(track.Mean.Values[0], Is.GreaterThan(0.98f));
    }

    [Test]
    public void Views_MoreThanAreKept_LoseTheWorst()
    {
        var track = SeeOne(Face(0, 100, 100, quality: 0.1f, stray: 0.7f));
        for (var i = 1; i < 12; i++)
        {
            _at += 0.4;
            SeeOne(Face(0, 100, 100, quality: 0.1f * MathF.Pow(1.2f, i)));
        }

        Assert.That(track.ViewCount, Is.EqualTo(Track.MostViews));
        Assert.That(track.Mean.Values[0], Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void Hold_UnchangedPicture_KeepsTracksHoweverLong()
    {
        var first = See((0, 100, 100))[0];
        for (var i = 0; i < 100; i++) _tracks.Hold(_ => true, TimeSpan.FromSeconds(_at += 1));

        Assert.That(_tracks.Tracks.Single(), Is.SameAs(first));
        Assert.That(See((0, 100, 100))[0], Is.SameAs(first));
        Assert.That(_embedded.Sum(), Is.EqualTo(2), "views are added as time goes on");
    }

    [Test]
    public void Settle_MoreFacesThanAreFollowed_AnswersEach()
    {
        var crowd = Enumerable.Range(0, 100).Select(i => (i % 7, 200 * (i % 10), 200 * (i / 10))).ToArray();

        var tracks = See(crowd);

        Assert.That(tracks, Has.Length.EqualTo(100).And.All.Not.Null);
        Assert.That(_tracks.Tracks, Has.Count.EqualTo(TrackSet.MostTracks));
    }

    [Test]
    public void Settle_UncertainFaceWithoutEmbedding_Throws() => Assert.That(
        () => _tracks.Settle([Face(0, 1, 1) with { Embedding = null }], [default], TimeSpan.Zero, _ => true), Throws.ArgumentException);

    private Track SeeOne(SeenFace face) => See([face])[0];

    private Track[] See(params (int Who, int X, int Y)[] faces) => See([.. faces.Select(f => Face(f.Who, f.X, f.Y))]);

    /// <summary>A frame, a tenth of a second after the last one.</summary>
    private Track[] See(SeenFace[] faces)
    {
        var at = TimeSpan.FromSeconds(_at += Frame);
        var matches = _tracks.Match([.. faces.Select(f => f.Face)], [.. faces.Select(f => f.Patch)], at, isCut: false);
        var seen = faces.Select((f, i) => matches[i] is { IsCertain: true, Track: { } track } && !track.WantsView(f.Patch, f.Quality, at)
            ? f with { Embedding = null }
            : f).ToArray();
        _embedded.Add(seen.Count(f => f.Embedding is not null));
        return _tracks.Settle(seen, matches, at, _ => true);
    }

    private SeenFace Face(int who, int x, int y, float quality = 0.5f, float stray = 0, int side = 80)
    {
        var raw = new float[8];
        raw[who] = MathF.Sqrt(1 - (stray * stray));
        raw[7] = stray;
        var patch = FacePatch.Of([.. _noise.Skip(who * 97).Take(FacePatch.Side * FacePatch.Side)]);
        var box = new FaceBox(x, y, x + side, y + side);
        return new(new(box, default(FacePoints).Move(new Vector2(x, y)), 0.99f), patch, quality, TestEmbeddings.Of(raw));
    }

    private static int Axis(Embedding embedding)
    {
        var best = 0;
        for (var i = 1; i < embedding.Dimension; i++)
        {
            if (embedding.Values[i] > embedding.Values[best]) best = i;
        }
        return best;
    }
}
