using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>The frame's way on real photographs, with every profile whose weights can be had.</summary>
[TestFixture("standard")]
[TestFixture("starter")]
[TestFixture("yunet")]
[TestFixture("insightface")]
public sealed class FaceAnalyzerTests(string profile)
{
    private const int Workers = 2;

    private FaceModels _models = null!;
    private FaceAnalyzer _analyzer = null!;

    [OneTimeSetUp]
    public void LoadModels()
    {
        SharedFiles.Require("faces");
        var options = new InferenceOptions { Profile = profile, Workers = Workers, AcceptNonCommercial = true };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _analyzer = new FaceAnalyzer(_models, options, new ServerCaller());
    }

    [OneTimeTearDown]
    public void UnloadModels()
    {
        _analyzer?.Dispose();
        _models?.Dispose();
    }

    [TestCase("groups/celebs-test/kit_with_rose.jpg", 2)]
    [TestCase("groups/t1.jpg", 6)]
    [TestCase("groups/compreface/000_5.jpg", 5)]
    [TestCase("groups/compreface/017_0.jpg", 0)]
    public async Task Analyze_GroupPicture_FindsEveryFaceInsideThePicture(string picture, int faces)
    {
        var analysis = await AnalyzeAsync(Photo(picture), FramePurpose.Recognize);

        Assert.That(analysis.Faces, Has.Count.EqualTo(faces));
        Assert.That(analysis.Faces.Select(f => f.Box.Height), Is.Ordered.Descending);
        Assert.That(
            analysis.Faces.All(f =>
            f.Points.Nose.X > f.Box.Left && f.Points.Nose.X < f.Box.Right && f.Points.Nose.Y < f.Points.LeftMouth.Y), Is.True);
    }

    [Test]
    public async Task Analyze_TwoPhotosOfOnePersonAndOneOfAnother_OwnAreNearer()
    {
        var found = await EmbedAsync("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg", "lfw/Ari_Fleischer/Ari_Fleischer_0002.jpg",
            "lfw/Jimmy_Carter/Jimmy_Carter_0002.jpg");

        Assert.That(found[0].CosineSimilarity(found[1]), Is.GreaterThan(found[0].CosineSimilarity(found[2]) + 0.2f));
    }

    [Test]
    public async Task Analyze_PhotoEnlargedBeyondTwelveMegapixels_SameFaceAndEmbeddingAsSmall()
    {
        var small = ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value;
        var large = Collage.Paste(4000, 3200, [(small, 800, 200, 2400)]);

        var before = (await AnalyzeAsync(small.Encode(".png"), FramePurpose.Enroll)).Faces[0];
        var after = (await AnalyzeAsync(large.Encode(".jpg"), FramePurpose.Enroll)).Faces[0];

        var expected = new FaceBox(800 + (before.Box.Left * 9.6f), 200 + (before.Box.Top * 9.6f), 800 + (before.Box.Right * 9.6f),
            200 + (before.Box.Bottom * 9.6f));
        Assert.That(after.Box.IntersectionOverUnion(expected), Is.GreaterThan(0.8f));
        Assert.That(after.Embedding!.CosineSimilarity(before.Embedding!), Is.GreaterThan(0.85f));
        Assert.That(after.Measurements!.Value.EyeDistance, Is.EqualTo(before.Measurements!.Value.EyeDistance * 9.6f).Within(30));
    }

    [Test]
    public async Task Analyze_SmallFacesInLargePhoto_AreEmbeddedFromTheOriginalPixels()
    {
        // 3200 px wide pictures are first decoded at a quarter, where these faces have some 25 px: too few for the embedder.
        var person = ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value;
        var photo = Collage.Paste(3200, 2400, [(person, 1400, 1000, 250)]).Encode(".jpg", 95);

        var far = (await AnalyzeAsync(photo, FramePurpose.Recognize)).Faces.Single();
        var near = (await AnalyzeAsync(person.Encode(".png"), FramePurpose.Recognize)).Faces[0];

        Assert.That(far.Embedding!.CosineSimilarity(near.Embedding!), Is.GreaterThan(0.8f));
    }

    [Test]
    public async Task Analyze_CentralAskedFor_EmbedsTheFaceInTheMiddle()
    {
        var (middle, aside) = (
            ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value,
                ImageCanvas.Open(Photo("lfw/Jimmy_Carter/Jimmy_Carter_0002.jpg")).Value);
        var picture = Collage.Paste(750, 260, [(aside, 0, 0, 250), (middle, 250, 5, 240), (aside, 500, 0, 250)]).Encode(".png");

        var asked = await AnalyzeAsync(picture, FramePurpose.EnrollCentral);
        var unasked = await AnalyzeAsync(picture, FramePurpose.Enroll);
        var alone = (await AnalyzeAsync(middle.Encode(".png"), FramePurpose.Enroll)).Faces[0];

        var face = asked.Faces[asked.Central!.Value];
        Assert.That(face.Points.Nose.X, Is.InRange(250, 500));
        Assert.That(face.Embedding!.CosineSimilarity(alone.Embedding!), Is.GreaterThan(0.8f));
        Assert.That(face.Measurements, Is.Not.Null);
        Assert.That(asked.Faces.Count(f => f.Embedding is not null), Is.EqualTo(1));
        Assert.That((unasked.Central, unasked.IsOfSeveral), Is.EqualTo(((int?)null, true)));
    }

    // The second is first decoded at a quarter, with columns left over, and read again for its small face.
    [Test]
    public async Task Analyze_EnrolmentOfAPictureOnItsSide_IsOfTheUprightFace([Values(90, 180, 270)] int lies,
        [Values(false, true)] bool isLarge)
    {
        var person = ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value;
        var upright = isLarge ? Collage.Paste(3205, 2407, [(person, 1400, 1000, 400)]) : person;
        var photo = Collage.Turn(upright, lies).Encode(".jpg", 95);

        var found = await AnalyzeAsync(photo, FramePurpose.Enroll);
        var compared = await AnalyzeAsync(photo, FramePurpose.Verify);
        var before = await AnalyzeAsync(upright.Encode(".jpg", 95), FramePurpose.Enroll);

        Assert.That((before.Turned, compared.Turned), Is.EqualTo((0, 0)));
        // A detector may be as sure of a face on its head as of one upright, the standard one seldom; then the picture stays as it came.
        if ((profile != "standard" || (lies == 180 && !isLarge)) && found.Turned == 0) return;
        Assert.That(found.Turned, Is.EqualTo(360 - lies));
        Assert.That((found.Width, found.Height), Is.EqualTo((upright.Width, upright.Height)));
        Assert.That(found.Faces[0].Box.IntersectionOverUnion(before.Faces[0].Box), Is.GreaterThan(0.7f));
        Assert.That(found.Faces[0].Embedding!.CosineSimilarity(before.Faces[0].Embedding!), Is.GreaterThan(0.93f));
    }

    [Test]
    public async Task Analyze_ClassAtFullSize_FindsAndTellsEverybody()
    {
        // LFW's faces are some 110 of 250 px high: 200 px at this size. More than 50 megapixels, too: no picture of that size is ever whole
        // in memory.
        const int Width = 12_000, Height = 4_400, Face = 440, People = 30;
        // The small weights see 320 pixels of a picture, and so nothing of this size.
        if (profile == "starter") Assert.Ignore("Its detector's input is too small.");
        var people = await PeopleAloneAsync(People);
        var places = people.Select((p, i) => (p.Picture, Left: 100 + (i % 10 * 1190) + (i * 7), Top: 150 + (i / 10 * 1400), Side: Face))
            .ToList();
        var photo = Collage.Paste(Width, Height, places).Encode(".jpg", 90);

        var analysis = await AnalyzeAsync(photo, FramePurpose.Recognize);

        Assert.That((analysis.Width, analysis.Height), Is.EqualTo((Width, Height)));
        var found = places.Select(p => analysis.Faces.Where(f => IsIn(f, p.Left, p.Top, p.Side)).ToArray()).ToArray();
        var missed = string.Join(' ', found.Select((f, i) => (f.Length, i)).Where(f => f.Length != 1).Select(f => $"{f.i}:{f.Length}"));
        Assert.That(found.Count(f => f.Length > 0), Is.GreaterThanOrEqualTo(profile == "standard" ? People : People - 3), missed);
        for (var a = 0; a < analysis.Faces.Count; a++)
        {
            for (var b = 0; b < a; b++)
                Assert.That(analysis.Faces[a].Box.IntersectionOverUnion(analysis.Faces[b].Box), Is.LessThan(0.4f), "nobody is found twice");
        }
        var alike = found.Select((f, i) => f.Length > 0 && f[0].Embedding!.CosineSimilarity(people[i].Alone) > 0.7f).Count(a => a);
        Assert.That(alike, Is.GreaterThanOrEqualTo(People * 9 / 10), "each face is embedded from its own pixels");
    }

    [Test]
    public async Task Analyze_FacesOfAllSizesAcrossTiles_AreEachFoundOnce()
    {
        if (profile == "starter") Assert.Ignore("Its detector's input is too small.");
        // Tiles are 2,560 px wide here, and each face but the last lies across the edges of some; the first is taller than what two tiles
        // share.
        var people = await PeopleAloneAsync(4);
        List<(ImageCanvas Picture, int Left, int Top, int Side)> places =
            [(people[0].Picture, 1500, 300, 2600), (people[1].Picture, 4500, 2600, 800), (people[2].Picture, 2900, 3000, 600),
                (people[3].Picture, 200, 200, 440)];

        var analysis = await AnalyzeAsync(Collage.Paste(7000, 4000, places).Encode(".jpg", 90), FramePurpose.Recognize);

        Assert.That(places.Select(p => analysis.Faces.Count(f => IsIn(f, p.Left, p.Top, p.Side))), Is.All.EqualTo(1));
        Assert.That(analysis.Faces, Has.Count.EqualTo(places.Count));
        Assert.That(analysis.Faces.Select(f => f.Box.Height), Is.Ordered.Descending);
    }

    [TestCase(4096, 4096, false, 4)]
    [TestCase(4100, 3000, true, 4)]
    [TestCase(12_000, 8_000, true, 35)]
    [TestCase(8_000, 12_000, true, 35)]
    [TestCase(16_384, 7_000, true, 45)]
    public void Tiles_PictureOfThatSize_AreFew(int width, int height, bool needed, int most)
    {
        var header = new ImageHeader(ImageFormat.Jpeg, width, height);

        Assert.That(FaceTiles.AreNeeded(header), Is.EqualTo(needed));
        Assert.That(FaceTiles.Count(header), Is.InRange(1, most));
    }

    // LFW's faces are some 110 of 250 px high.
    [TestCase(300, 200, 2)]
    [TestCase(300, 100, 1)]
    [TestCase(180, 110, 2)]
    [TestCase(180, 50, 1)]
    [TestCase(80, 0, 1)]
    public async Task AnalyzeLiveness_BystanderBehindAFace_CountsFromHalfItsHeight(int side, int bystander, int expected)
    {
        var (near, far) = (
            ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value,
                ImageCanvas.Open(Photo("lfw/Jimmy_Carter/Jimmy_Carter_0002.jpg")).Value);
        var frame = Collage.Paste(640, 480, bystander > 0 ? [(near, 20, 80, side), (far, 400, 60, bystander)] : [(near, 20, 80, side)]);

        var seen = (
            await _analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), frame.Encode(".jpg", 92), LivenessLook.Plain,
            default)).Value;

        Assert.That(seen.FaceCount, Is.EqualTo(expected));
        Assert.That(seen.Face!.Points.Nose.X, Is.InRange(20, 20 + side));
    }

    [Test]
    public async Task Analyze_DozensOfFacesOf24Pixels_FindsNearlyAll()
    {
        // LFW's faces are some 110 of 250 px high; at 60 px a picture they are about 26 px high.
        var people = Directory.GetDirectories(SharedFiles.Require("faces/lfw")).Order(StringComparer.Ordinal)
            .Select(p => ImageCanvas.Open(File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First())).Value).ToList();
        var crowd = Collage.Paste(640, 480, [.. people.Select((p, i) => (p, 10 + (i % 8 * 78), 20 + (i / 8 * 90), 60))]);

        var analysis = await AnalyzeAsync(crowd.Encode(".png"), FramePurpose.Recognize);

        Assert.That(analysis.Faces.Count, Is.InRange(people.Count * 9 / 10, people.Count * 12 / 10));
        Assert.That(analysis.Faces.Average(f => f.Box.Height), Is.InRange(20, 32));
        Assert.That(analysis.Faces.Select(f => f.Embedding), Has.None.Null);
    }

    [Test]
    public async Task Analyze_FaceFillingTheFrame_IsFound()
    {
        var person = ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value;
        var closeUp = Collage.Crop(person, 50, 35, 200, 215);

        var analysis = await AnalyzeAsync(closeUp.Encode(".jpg"), FramePurpose.Enroll);

        Assert.That(analysis.Faces, Has.Count.EqualTo(1));
        Assert.That(analysis.Faces[0].Box.Height, Is.GreaterThan(0.6f * analysis.Height));
    }

    [Test]
    public async Task Analyze_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        string[] pictures =
            ["groups/t1.jpg", "groups/celebs-test/kit_with_rose.jpg", "lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg", "groups/bbt/bbt2.jpg"];
        var alone = new List<FrameAnalysis>();
        foreach (var picture in pictures) alone.Add(await AnalyzeAsync(Photo(picture), FramePurpose.Recognize));

        var together = await Task.WhenAll(Enumerable.Range(0, 24)
            .Select(i => Task.Run(() => AnalyzeAsync(Photo(pictures[i % 4]), FramePurpose.Recognize))));

        for (var i = 0; i < together.Length; i++)
        {
            Assert.That(together[i].Faces.Select(f => f.Box), Is.EqualTo(alone[i % 4].Faces.Select(f => f.Box)));
            Assert.That(together[i].Faces[0].Embedding!.Values.ToArray(), Is.EqualTo(alone[i % 4].Faces[0].Embedding!.Values.ToArray()));
        }
    }

    [Test]
    public async Task Analyze_BlurredPhoto_MeasuresLessSharpnessAndIsRefusedAsBlurred()
    {
        var sharp = ImageCanvas.Open(Photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")).Value;
        var blurred = Collage.Blur(sharp, radius: 5);

        var before = (await AnalyzeAsync(sharp.Encode(".png"), FramePurpose.Enroll)).Faces[0].Measurements!.Value;
        var after = (await AnalyzeAsync(blurred.Encode(".png"), FramePurpose.Enroll)).Faces[0].Measurements!.Value;

        Assert.That(QualityRule.Judge(before), Is.Empty);
        Assert.That(QualityRule.Judge(after), Does.Contain(QualityReason.Blurred));
    }

    [Test]
    public async Task Analyze_CallerGoneMeanwhile_StopsAndGivesTheWorkerBack()
    {
        var slow = HostilePictures.ManyScans(5000, 5000, ImageDecoder.MostScans, arithmetic: true);

        for (var i = 0; i < 2 * Workers; i++)
        {
            using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            Assert.That(async () =>
                await _analyzer.AnalyzeAsync(SchoolId.First, slow, FramePurpose.Recognize, gone.Token),
                Throws.InstanceOf<OperationCanceledException>());
            using var goneToo = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            Assert.That(async () =>
                await _analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), slow, LivenessLook.Pad, goneToo.Token),
                Throws.InstanceOf<OperationCanceledException>());
        }

        Assert.That((await AnalyzeAsync(Photo("groups/celebs-test/kit_with_rose.jpg"), FramePurpose.Recognize)).Faces,
            Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Analyze_PictureThatDecodesTooLong_IsRefusedAndSaysHowLongItMay()
    {
        using var hasty = new FaceAnalyzer(_models,
            new InferenceOptions { Profile = profile, Workers = 1, MaxDecodeTime = TimeSpan.FromMilliseconds(10) }, new ServerCaller());
        var slow = HostilePictures.ManyScans(5000, 5000, ImageDecoder.MostScans, arithmetic: true);

        var refused = await hasty.AnalyzeAsync(SchoolId.First, slow, FramePurpose.Recognize, default);

        Assert.That(refused.Error?.Code, Is.EqualTo("image.invalid_image"));
        Assert.That((string)refused.Error!.Details!["reason"]!, Does.Contain("longer than 0.01 s").And.Contain("baseline"));
    }

    /// <summary>Different people, each from a photo on which the detector sees nobody else.</summary>
    private async Task<List<(ImageCanvas Picture, Embedding Alone)>> PeopleAloneAsync(int count)
    {
        var people = new List<(ImageCanvas, Embedding)>();
        foreach (var folder in Directory.GetDirectories(SharedFiles.Require("faces/lfw")).Order(StringComparer.Ordinal))
        {
            var photo = await File.ReadAllBytesAsync(Directory.GetFiles(folder).Order(StringComparer.Ordinal).First());
            // The full look, which says most surely that nobody is behind them.
            var analysis = await AnalyzeAsync(photo, FramePurpose.Enroll);
            if (analysis.Faces.Count == 1 && analysis.Faces[0].Confidence > 0.7f)
                people.Add((ImageCanvas.Open(photo).Value, analysis.Faces[0].Embedding!));
            if (people.Count == count) break;
        }
        return people;
    }

    private static bool IsIn(AnalyzedFace face, int left, int top, int side) =>
        face.Points.Nose.X > left && face.Points.Nose.X < left + side && face.Points.Nose.Y > top && face.Points.Nose.Y < top + side;

    private async Task<FrameAnalysis> AnalyzeAsync(byte[] encoded, FramePurpose purpose) =>
        (await _analyzer.AnalyzeAsync(SchoolId.First, encoded, purpose, default)).Value;

    private async Task<List<Embedding>> EmbedAsync(params string[] pictures)
    {
        var embeddings = new List<Embedding>();
        foreach (var picture in pictures) embeddings.Add((await AnalyzeAsync(Photo(picture), FramePurpose.Enroll)).Faces[0].Embedding!);
        return embeddings;
    }

    private static byte[] Photo(string picture) => File.ReadAllBytes(SharedFiles.Require($"faces/{picture}"));
}
