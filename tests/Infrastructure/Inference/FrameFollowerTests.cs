using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>Cameras' frames through the real models: whoever is in them is one track, and never another's.</summary>
[TestFixture("standard")]
[TestFixture("yunet")]
public sealed class FrameFollowerTests(string profile)
{
    private const int Width = 640, Height = 480, Grain = 5;

    private static readonly TimeSpan Frame = TimeSpan.FromSeconds(0.1);

    private readonly List<(string Name, ImageCanvas Picture, Embedding Own)> _people = [];
    private FaceModels _models = null!;
    private FaceAnalyzer _analyzer = null!;
    private StepClock _clock = null!;
    private FrameFollower _follower = null!;
    private int _seed;

    [OneTimeSetUp]
    public async Task LoadModelsAsync()
    {
        var pictures = SharedFiles.Require("faces/lfw");
        var options = new InferenceOptions { Profile = profile, Workers = 1, AcceptNonCommercial = true };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _analyzer = new FaceAnalyzer(_models, options, new ServerCaller());
        foreach (var folder in Directory.GetDirectories(pictures).Order(StringComparer.Ordinal))
        {
            var jpeg = await File.ReadAllBytesAsync(Directory.GetFiles(folder).Order(StringComparer.Ordinal).First());
            var seen = await _analyzer.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.Recognize, default);
            if (seen.Value.Faces is not [var face]) continue;
            // All faces at one place and of one size, as if each stepped where the other stood.
            var (center, picture) = (face.Box.Center, ImageCanvas.Open(jpeg).Value);
            int left = (int)center.X - 80, top = (int)center.Y - 90;
            if (left < 0 || top < 0 || left + 160 > picture.Width || top + 180 > picture.Height) continue;
            var cropped = Collage.Crop(picture, left, top, left + 160, top + 160);
            _people.Add((Path.GetFileName(folder), cropped, face.Embedding!));
            if (_people.Count == 6) return;
        }
        Assert.Fail("Too few pictures with one face in the middle.");
    }

    [OneTimeTearDown]
    public void UnloadModels()
    {
        _analyzer?.Dispose();
        _models?.Dispose();
    }

    [SetUp]
    public void Begin()
    {
        _clock = new();
        _seed = 0;
        _follower = new(_analyzer, new InferenceOptions(), _models.Embedder.Entry.VerificationThreshold, new ServerCaller(), _clock);
    }

    [TearDown]
    public void End() => _follower.Dispose();

    [Test]
    public async Task Follow_PersonWhoStandsStill_IsEmbeddedOnce()
    {
        var first = (await SeeAsync((0, 200, 150, 200))).Single();
        TrackedFace last = first;
        for (var i = 0; i < 40; i++) last = (await SeeAsync((0, 200, 150, 200))).Single();

        Assert.That(last.Verdict, Is.SameAs(first.Verdict));
        Assert.That(last.Version, Is.EqualTo(1));
        Assert.That(last.Age, Is.EqualTo(Frame * 40));
    }

    [Test]
    public async Task Follow_PersonWhoWalks_IsOneTrackOfSeveralViews()
    {
        var first = (await SeeAsync((1, 40, 100, 160))).Single();
        TrackedFace last = first;
        for (var i = 1; i < 30; i++) last = (await SeeAsync((1, 40 + (i * 12), 100 + (i * 2), 160 + (i * 4)))).Single();

        Assert.That(last.Verdict, Is.SameAs(first.Verdict));
        Assert.That(last.Version, Is.InRange(2, 12));
        Assert.That(NearestTo(last), Is.EqualTo(1));
    }

    /// <summary>A name must not pass to whoever takes the place of its bearer, however quickly.</summary>
    [Test]
    public async Task Follow_AnotherTakesThePlaceBetweenTwoFrames_IsAnotherTrack([Values(0, 6)] int walked)
    {
        for (var one = 0; one < _people.Count; one++)
        {
            for (var other = 0; other < _people.Count; other++)
            {
                if (one == other) continue;
                Begin();
                var before = (await SeeAsync((one, 200, 140, 180))).Single();
                for (var i = 1; i <= walked; i++) before = (await SeeAsync((one, 200 + (i * 6), 140, 180))).Single();

                var after = (await SeeAsync((other, 200 + (walked * 6), 140, 180))).Single();

                Assert.That(after.Verdict, Is.Not.SameAs(before.Verdict), $"{_people[other].Name} after {_people[one].Name}");
                Assert.That(NearestTo(after), Is.EqualTo(other));
                End();
            }
        }
    }

    [Test]
    public async Task Follow_OneLeavesAndAnotherComesToTheSamePlace_IsAnotherTrack()
    {
        var before = (await SeeAsync((2, 200, 140, 180))).Single();
        Assert.That(await SeeAsync(), Is.Empty);
        for (var i = 0; i < 5; i++) await SeeAsync();

        var after = (await SeeAsync((3, 200, 140, 180))).Single();

        Assert.That(after.Verdict, Is.Not.SameAs(before.Verdict));
        Assert.That(NearestTo(after), Is.EqualTo(3));
    }

    /// <summary>No step from one frame to the next shows that the face becomes another's.</summary>
    [Test]
    public async Task Follow_FaceThatFadesIntoAnothers_KeepsTheTrackForSecondsAtMost()
    {
        const int Frames = 30, SecondsAfter = 4;
        var before = (await SeeAsync((0, 200, 140, 180))).Single();
        for (var i = 1; i <= Frames; i++) await SeeAsync(Fade(0, 4, i / (float)Frames), (4, 200, 140, 180));

        IReadOnlyList<TrackedFace> after = [];
        for (var i = 0; i < SecondsAfter * 10; i++) after = await SeeAsync((4, 200 + (i % 2 * 4), 140, 180));

        Assert.That(after.Single().Verdict, Is.Not.SameAs(before.Verdict));
        Assert.That(NearestTo(after.Single()), Is.EqualTo(4));
    }

    [Test]
    public async Task Follow_TwoPeopleCross_KeepTheirTracks()
    {
        var first = await SeeAsync((0, 40, 60, 150), (1, 440, 240, 150));
        IReadOnlyList<TrackedFace> last = first;
        for (var i = 1; i <= 40; i++) last = await SeeAsync((0, 40 + (i * 10), 60, 150), (1, 440 - (i * 10), 240, 150));

        Assert.That(last.Select(f => f.Verdict), Is.EquivalentTo(first.Select(f => f.Verdict)));
        foreach (var face in last)
            Assert.That(NearestTo(face), Is.EqualTo(NearestTo(first.Single(f => f.Verdict == face.Verdict))));
    }

    [Test]
    public async Task Follow_LightJumps_IsTheSameTrack()
    {
        var before = (await SeeAsync((3, 200, 140, 180))).Single();
        foreach (var light in new[] { 0.7f, 1.25f, 0.85f })
            Assert.That((await SeeAsync(light, (3, 200, 140, 180))).Single().Verdict, Is.SameAs(before.Verdict), $"light {light}");
    }

    /// <summary>Two cameras that an installer gave one name.</summary>
    [Test]
    public async Task Follow_ScenesByTurns_AreEachAnsweredAsTheyAre()
    {
        for (var i = 0; i < 12; i++)
        {
            var who = i % 2 == 0 ? 1 : 5;
            Assert.That(NearestTo((await SeeAsync(i % 2 == 0 ? 1 : 0.5f, (who, 200, 140, 180))).Single()), Is.EqualTo(who), $"frame {i}");
        }
    }

    [Test]
    public async Task Follow_PicturesOfOtherSizesBetween_AreEachAnsweredAsTheyAre()
    {
        for (var i = 0; i < 9; i++)
        {
            var seen = await SeeAsync(Collage.Shrink(Compose([(i % 3, 200, 140, 180)]), i % 2 == 0 ? 640 : 480).Encode(".jpg"));
            Assert.That(NearestTo(seen.Single()), Is.EqualTo(i % 3), $"frame {i}");
        }
    }

    [Test]
    public async Task Follow_WhatOnlyTheDecoderReads_IsFollowedAlike()
    {
        var first = (await SeeAsync(Compose([(2, 200, 140, 180)]).Encode(".png"))).Single();
        var second = (await SeeAsync(Compose([(2, 200, 140, 180)]).Encode(".png"))).Single();
        var third = (await SeeAsync(Compose([(2, 206, 140, 180)]).Encode(".jpg"))).Single();

        Assert.That((second.Verdict, third.Verdict), Is.EqualTo((first.Verdict, first.Verdict)));
    }

    [Test]
    public async Task Follow_NewcomerBesideOneWhoMoves_IsSeenAtOnce()
    {
        for (var i = 0; i < 10; i++) await SeeAsync((0, 20 + (i * 4), 140, 150));

        var both = await SeeAsync((0, 60, 140, 150), (1, 480, 140, 150));

        Assert.That(both.Select(NearestTo), Is.EquivalentTo(new[] { 0, 1 }));
    }

    /// <summary>Of a frame in which only a face near the top is looked for, what lies below is not even decoded.</summary>
    [Test]
    public async Task Follow_AnotherBelowWhereOneStoodInALargeFrame_IsSeenInDetail()
    {
        var before = (await SeeAsync(Collage.Paste(1920, 1080, [(_people[4].Picture, 300, 60, 216)]).Encode(".jpg"))).Single();

        var after = (await SeeAsync(Collage.Paste(1920, 1080, [(_people[5].Picture, 300, 760, 216)]).Encode(".jpg"))).Single();

        Assert.That(NearestTo(before), Is.EqualTo(4));
        Assert.That(NearestTo(after), Is.EqualTo(5));
        Assert.That(after.Embedding.CosineSimilarity(_people[5].Own), Is.GreaterThan(0.6f));
    }

    [Test]
    public async Task Follow_Damaged_IsRefusedAndForgotten()
    {
        var before = (await SeeAsync((2, 200, 140, 180))).Single();
        var jpeg = Compose([(2, 200, 140, 180)]).Encode(".jpg");

        var damaged = await _follower.FollowAsync(SchoolId.First, "gate", jpeg.AsMemory(0, jpeg.Length / 2), default);

        Assert.That(damaged.Error, Is.Not.Null);
        Assert.That((await SeeAsync((2, 200, 140, 180))).Single().Verdict, Is.SameAs(before.Verdict));
    }

    private int NearestTo(TrackedFace face)
    {
        var nearest = 0;
        for (var i = 1; i < _people.Count; i++)
        {
            if (face.Embedding.CosineSimilarity(_people[i].Own) > face.Embedding.CosineSimilarity(_people[nearest].Own)) nearest = i;
        }
        return nearest;
    }

    private Task<IReadOnlyList<TrackedFace>> SeeAsync(params (int Who, int Left, int Top, int Side)[] people) => SeeAsync(1, people);

    private Task<IReadOnlyList<TrackedFace>> SeeAsync(float light, params (int Who, int Left, int Top, int Side)[] people) =>
        SeeAsync(Light(Compose(people), light).Encode(".jpg"));

    private Task<IReadOnlyList<TrackedFace>> SeeAsync(ImageCanvas shown, (int Who, int Left, int Top, int Side) place) =>
        SeeAsync(Paste([(shown, place.Left, place.Top, place.Side)]).Encode(".jpg"));

    private async Task<IReadOnlyList<TrackedFace>> SeeAsync(byte[] encoded)
    {
        _clock.Now += Frame;
        var seen = await _follower.FollowAsync(SchoolId.First, "gate", encoded, default);
        Assert.That(seen.Error, Is.Null);
        return seen.Value.Faces;
    }

    private ImageCanvas Compose((int Who, int Left, int Top, int Side)[] people) =>
        Paste([.. people.Select(p => (_people[p.Who].Picture, p.Left, p.Top, p.Side))]);

    /// <summary>With the grain of a sensor, other in each frame.</summary>
    private ImageCanvas Paste((ImageCanvas Picture, int Left, int Top, int Side)[] parts) =>
        FaceWarp.Grain(Collage.Paste(Width, Height, parts), ++_seed, Grain);

    private ImageCanvas Fade(int from, int to, float share) => Mix(_people[from].Picture, _people[to].Picture, share);

    private static ImageCanvas Mix(ImageCanvas one, ImageCanvas other, float share)
    {
        var mixed = new byte[one.Rgb.Length];
        for (var i = 0; i < mixed.Length; i++) mixed[i] = (byte)MathF.Round(one.Rgb[i] + ((other.Rgb[i] - one.Rgb[i]) * share));
        return ImageCanvas.FromRgb(one.Width, one.Height, mixed);
    }

    private static ImageCanvas Light(ImageCanvas picture, float factor)
    {
        var lit = new byte[picture.Rgb.Length];
        for (var i = 0; i < lit.Length; i++) lit[i] = (byte)Math.Clamp(MathF.Round(picture.Rgb[i] * factor), 0, 255);
        return ImageCanvas.FromRgb(picture.Width, picture.Height, lit);
    }

    private sealed class StepClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
