using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>What a detector looks at: the picture's own shape, or a window of it.</summary>
public sealed class FaceDetectorTests
{
    // Where a face's edge lies in another input, of its size: resampling moves it a little.
    private const float LeastOverlap = 0.85f;

    [TestCase("groups/bbt/bbt1.jpg")]
    [TestCase("groups/bbt/bbt4.jpg")]
    [TestCase("groups/celebs-test/obama_and_biden.jpg")]
    [TestCase("groups/t1.jpg")]
    [TestCase("groups/compreface/000_5.jpg")]
    [TestCase("groups/compreface/017_0.jpg")]
    [TestCase("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")]
    public void Detect_GraphFreedOfItsSize_FindsWhatItFoundInItsSquare(string picture)
    {
        using var image = Decode(picture);
        using var square = new DetectorModel(Standard.Detectors[0], asExported: true);
        using var free = new DetectorModel(Standard.Detectors[0]);

        var (before, after) = (Detect(square, image), Detect(free, image));

        Assert.That((square.TakesAnySize, free.TakesAnySize, free.Fixed), Is.EqualTo((false, true, (string?)null)));
        AssertSame(after, before);
    }

    [Test]
    public void Detect_GraphThatCannotBeFreed_IsServedAsItIsAndSaysWhy()
    {
        using var image = Decode("groups/t1.jpg");

        using var old = new DetectorModel(Standard.Detectors[^1]);

        Assert.That(old.TakesAnySize, Is.False);
        Assert.That(old.Fixed, Does.Contain("Upsample"));
        Assert.That(Detect(old, image), Has.Count.EqualTo(6));
    }

    [TestCase("standard")]
    [TestCase("yunet")]
    [TestCase("insightface")]
    public void Detect_WindowAroundAFace_FindsItWhereItIs(string profile)
    {
        using var image = Decode("groups/t1.jpg");
        using var models = FaceModels.Load(Resolve(profile));
        using var detector = new FaceDetector(models.Detectors, 0);
        var faces = new List<DetectedFace>();
        detector.Detect(View(image), faces);
        Assert.That(faces, Has.Count.EqualTo(6));

        foreach (var face in faces.ToList())
        {
            var middle = (face.Points.LeftEye + face.Points.RightMouth) / 2;
            var side = (int)(2.5f * face.Box.Height);
            var inWindow = new List<DetectedFace>();
            detector.Detect(View(image), new((int)middle.X - (side / 2), (int)middle.Y - (side / 2), side, side), 192, inWindow);

            Assert.That(inWindow.Max(f => f.Box.IntersectionOverUnion(face.Box)), Is.GreaterThan(0.75f), face.ToString());
        }
    }

    // In the corners, where the window would stick out, and in a picture smaller than the window.
    [TestCase(0, 0)]
    [TestCase(390, 0)]
    [TestCase(0, 230)]
    [TestCase(390, 230)]
    public void Detect_WindowBeyondTheEdge_GivesThePicturesPixels(int left, int top)
    {
        var person = Person("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg");
        var picture = Collage.Paste(640, 480, [(person, left, top, 250)]);
        using var models = FaceModels.Load(Standard);
        using var detector = new FaceDetector(models.Detectors, 0);
        List<DetectedFace> whole = [], window = [], all = [];
        detector.DetectThoroughly(new(picture.Rgb, 640, 480), whole);

        detector.Detect(
            new(picture.Rgb, 640, 480), new(left - (left > 0 ? -20 : 40), top - (top > 0 ? -20 : 40), 270, 270), 288, window);
        detector.Detect(new(picture.Rgb, 640, 480), new(-500, -500, 4000, 4000), 640, all);

        AssertSame(window, whole);
        AssertSame(all, whole);
    }

    [Test]
    public void Detect_GlanceFirst_FindsWhatAFullLookFinds()
    {
        using var models = FaceModels.Load(Standard);
        using var detector = new FaceDetector(models.Detectors, 0);
        List<DetectedFace> full = [], found = [];
        foreach (var picture in Directory.EnumerateFiles(SharedFiles.Require("faces/groups"), "*", SearchOption.AllDirectories))
        {
            using var image = Decode(Path.GetRelativePath(SharedFiles.Require("faces"), picture));
            detector.DetectThoroughly(View(image), full);

            detector.Detect(View(image), found);

            Assert.That(found.All(f => f.Confidence > models.Detectors[0].Entry.Confidence), Is.True, picture);
            AssertSame(found, full, leastOverlap: 0.6f, mostMoves: 0.15f);
        }
    }

    // Somebody at the camera, and somebody else far behind: the glance is sure of the first, and has only a shadow of the second.
    // A face is about half as tall as its picture in this set; what is smaller still is asked for by the smallest face wanted.
    [TestCase(44, 22)]
    [TestCase(60, 0)]
    [TestCase(100, 0)]
    public void Detect_SmallFaceBesideALargeOne_IsFound(int side, int minFacePixels)
    {
        var near = Person("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg");
        var far = Person("lfw/Carlos_Menem/Carlos_Menem_0001.jpg");
        var picture = Collage.Paste(640, 480, [(near, 20, 100, 300), (far, 480, 60, side)]);
        using var models = FaceModels.Load(Standard);
        using var detector = new FaceDetector(models.Detectors, minFacePixels);
        List<DetectedFace> full = [], found = [];
        detector.DetectThoroughly(new(picture.Rgb, 640, 480), full);

        detector.Detect(new(picture.Rgb, 640, 480), found);

        Assert.That(full, Has.Count.EqualTo(2));
        AssertSame(found, full, leastOverlap: 0.6f, mostMoves: 0.15f);
    }

    [Test]
    public void Detect_FaceTooSmallForAGlance_IsFoundAlone()
    {
        var picture = Collage.Paste(640, 480, [(Person("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg"), 300, 200, 50)]);
        using var models = FaceModels.Load(Standard);
        using var detector = new FaceDetector(models.Detectors, 0);
        var found = new List<DetectedFace>();

        detector.Detect(new(picture.Rgb, 640, 480), found);

        Assert.That(found, Has.Count.EqualTo(1));
        Assert.That(found[0].Box.Height, Is.InRange(20, 36));
    }

    // 24 px of a frame of 1280 are 12 of the usual input.
    [TestCase("standard")]
    [TestCase("yunet")]
    public void Detect_SmallestFaceWantedOf24In1280_FindsThem(string profile)
    {
        using var models = FaceModels.Load(Resolve(profile));
        using var usual = new FaceDetector(models.Detectors, 0);
        using var detector = new FaceDetector(models.Detectors, 24);
        var people = Directory.GetDirectories(SharedFiles.Require("faces/lfw")).Order(StringComparer.Ordinal).Take(12)
            .Select(p => ImageCanvas.Open(File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First())).Value).ToList();
        var places = people.Select((p, i) => (Picture: p, Left: 60 + (i % 6 * 200), Top: 100 + (i / 6 * 400), Side: 48)).ToList();
        var picture = Collage.Paste(1280, 720, places);
        var view = new RgbView(picture.Rgb, 1280, 720);
        List<DetectedFace> before = [], found = [];
        usual.Detect(view, before);

        detector.Detect(view, found);

        bool IsFound((ImageCanvas Picture, int Left, int Top, int Side) place, List<DetectedFace> faces) => faces.Any(f =>
            f.Points.Nose.X > place.Left && f.Points.Nose.X < place.Left + place.Side
            && f.Points.Nose.Y > place.Top && f.Points.Nose.Y < place.Top + place.Side);
        // One of them is hard for both families at this size.
        Assert.That(places.Count(p => IsFound(p, found)), Is.GreaterThanOrEqualTo(11));
        Assert.That(places.Count(p => IsFound(p, before)), Is.LessThan(places.Count(p => IsFound(p, found))));
        Assert.That(found.Select(f => f.Box.Height).Order().ElementAt(found.Count / 2), Is.InRange(20, 30));
        Assert.That(detector.WantedSide(1920), Is.EqualTo(1280));
    }

    // What is wanted is seen in a glance; its points are read closely all the same.
    [Test]
    public void Detect_OnlyLargeFacesWanted_FindsThem()
    {
        using var models = FaceModels.Load(Standard);
        using var detector = new FaceDetector(models.Detectors, 60);
        var picture = Collage.Paste(640, 480, [(Person("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg"), 300, 200, 130)]);
        List<DetectedFace> full = [], found = [];
        detector.DetectThoroughly(new(picture.Rgb, 640, 480), full);

        detector.Detect(new(picture.Rgb, 640, 480), found);

        Assert.That(full, Has.Count.EqualTo(1));
        AssertSame(found, full, leastOverlap: 0.7f, mostMoves: 0.08f);
    }

    [Test]
    public void Free_WhatIsNoModel_SaysSo()
    {
        Assert.That(() => OnnxInputSize.Free([0x3A, 0x05, 1, 2], "input"), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => OnnxInputSize.Free([0x0B, 0, 0, 0], "input"), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => OnnxInputSize.Free([0xFF, 0xFF], "input"), Throws.TypeOf<InvalidDataException>());
        Assert.That(OnnxInputSize.Free([], "input"), Is.Empty);
    }

    private static ImageCanvas Person(string picture) => ImageCanvas.Open(File.ReadAllBytes(SharedFiles.Require($"faces/{picture}"))).Value;

    private static ResolvedProfile Standard => Resolve("standard");

    private static ResolvedProfile Resolve(string profile)
    {
        SharedFiles.Require("models/FaceDetector.onnx");
        return ModelStore.Open(new InferenceOptions { AcceptNonCommercial = true }).Resolve(profile, NullLogger.Instance);
    }

    private static DecodedImage Decode(string picture)
    {
        var bytes = File.ReadAllBytes(SharedFiles.Require($"faces/{picture}"));
        return ImageDecoder.Decode(bytes, ImageDecoder.ReadHeader(bytes).Value, FaceAnalyzer.FirstLook).Value;
    }

    private static List<DetectedFace> Detect(DetectorModel model, DecodedImage image)
    {
        using var detector = new FaceDetector([model], 0);
        var faces = new List<DetectedFace>();
        detector.DetectThoroughly(View(image), faces);
        return faces;
    }

    private static void AssertSame(
        List<DetectedFace> found, List<DetectedFace> expected, float leastOverlap = LeastOverlap, float mostMoves = 0.04f)
    {
        Assert.That(found, Has.Count.EqualTo(expected.Count));
        foreach (var face in expected)
        {
            var same = found.MaxBy(f => f.Box.IntersectionOverUnion(face.Box));
            Assert.That(same.Box.IntersectionOverUnion(face.Box), Is.GreaterThanOrEqualTo(leastOverlap), face.ToString());
            Assert.That(Vector2.Distance(same.Points.Nose, face.Points.Nose), Is.LessThan(mostMoves * face.Box.Height), face.ToString());
        }
    }

    private static RgbView View(DecodedImage image) => new(image.Rgb, image.Width, image.Height);
}
