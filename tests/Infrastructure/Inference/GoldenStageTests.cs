using System.Numerics;
using System.Text.Json;
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

/// <summary>
/// The standard profile against a plain reference pipeline (golden/reference.py, OpenCV pixels): each stage on the reference's own input,
/// then end to end, where another resize filter and JPEG decoder move pixels a little.
/// </summary>
public sealed class GoldenStageTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private FaceModels _models = null!;
    private FaceAnalyzer _analyzer = null!;

    [OneTimeSetUp]
    public void LoadModels()
    {
        SharedFiles.Require("models/FaceDetector.onnx");
        var options = new InferenceOptions { Profile = "standard", Workers = 2 };
        var standard = ModelStore.Open(options).Resolve(options.Profile, NullLogger.Instance);
        // The reference shows the model its faces where ArcFace's template has them.
        var embedder = standard.Embedder with { Entry = standard.Embedder.Entry with { Align = null } };
        _models = FaceModels.Load(standard with { Embedder = embedder });
        _analyzer = new FaceAnalyzer(_models, options, new ServerCaller());
    }

    [OneTimeTearDown]
    public void UnloadModels()
    {
        _analyzer?.Dispose();
        _models?.Dispose();
    }

    [Test]
    public void Embed_GoldenCrops_MatchReference()
    {
        using var worker = new FaceWorker(_models, 0);
        var compared = 0;
        foreach (var picture in Golden().Where(p => p.Faces.Any(f => f.Crop is not null)))
        {
            var face = picture.Faces[0];
            var crop = File.ReadAllBytes(SharedFiles.Require($"golden/{face.Crop}"));
            using var image = ImageDecoder.Decode(crop, ImageDecoder.ReadHeader(crop).Value, 0).Value;
            var embeddings = new Embedding[1];

            // The crop is aligned already, so the transform that changes nothing leads to the embedder.
            worker.Embedder.Embed(new RgbView(image.Rgb, image.Width, image.Height), [new SimilarityTransform(1, 0, 0, 0)], embeddings,
                default);

            Assert.That(embeddings[0].CosineSimilarity(Reference(face)), Is.GreaterThanOrEqualTo(0.9999f), picture.Picture);
            compared++;
        }
        Assert.That(compared, Is.EqualTo(6));
    }

    [Test]
    public void ToTemplate_GoldenPoints_MatchesUmeyama()
    {
        foreach (var face in Golden().SelectMany(p => p.Faces))
        {
            var points = Points(face);

            var fast = SimilarityTransform.ToTemplate(points);

            var (a, b, tx, ty) = Umeyama(points);
            Assert.That(fast.A, Is.EqualTo(a).Within(1e-4));
            Assert.That(fast.B, Is.EqualTo(b).Within(1e-4));
            Assert.That(fast.Tx, Is.EqualTo(tx).Within(1e-4 * Math.Max(1, Math.Abs(tx))));
            Assert.That(fast.Ty, Is.EqualTo(ty).Within(1e-4 * Math.Max(1, Math.Abs(ty))));
        }
    }

    [Test]
    public void Detect_GoldenPictures_SameFacesBoxesPointsAndEmbeddings()
    {
        using var worker = new FaceWorker(_models, 0);
        var compared = 0;
        foreach (var picture in Golden())
        {
            var bytes = File.ReadAllBytes(SharedFiles.Require($"faces/{picture.Picture}"));
            using var image = ImageDecoder.Decode(bytes, ImageDecoder.ReadHeader(bytes).Value, FaceAnalyzer.FirstLook).Value;

            worker.Detector.DetectThoroughly(FaceAnalyzer.View(image), worker.Faces);

            Assert.That(worker.Faces, Has.Count.EqualTo(picture.Faces.Count), picture.Picture);
            foreach (var expected in picture.Faces)
            {
                var found = Nearest(worker.Faces.Select(f => (f.Scale(image.Shrink).Box, f.Scale(image.Shrink).Points)), expected);
                AssertNear(found.Box, found.Points, expected, leastOverlap: 0.9f, mostPointMoves: 0.02f, picture.Picture);
                // Of a picture that was shrunk, the crop is taken from one decoded larger.
                if (image.Shrink > 1) continue;
                var embeddings = new Embedding[1];
                worker.Embedder.Embed(FaceAnalyzer.View(image), [SimilarityTransform.ToTemplate(found.Points)], embeddings, default);
                Assert.That(embeddings[0].CosineSimilarity(Reference(expected)), Is.GreaterThanOrEqualTo(0.97f), picture.Picture);
                compared++;
            }
        }
        Assert.That(compared, Is.Positive);
    }

    // A glance and closer looks read points as well as the reference, but not the same.
    [Test]
    public async Task Analyze_GoldenPictures_SameFacesAndTheirLikeness()
    {
        foreach (var picture in Golden())
        {
            var bytes = await File.ReadAllBytesAsync(SharedFiles.Require($"faces/{picture.Picture}"));

            var analysis = (await _analyzer.AnalyzeAsync(SchoolId.First, bytes, FramePurpose.Recognize, default)).Value;

            Assert.That((analysis.Width, analysis.Height), Is.EqualTo((picture.Width, picture.Height)), picture.Picture);
            Assert.That(analysis.Faces, Has.Count.EqualTo(picture.Faces.Count), picture.Picture);
            foreach (var expected in picture.Faces)
            {
                var found = Nearest(analysis.Faces.Select(f => (f.Box, f.Points)), expected);
                AssertNear(found.Box, found.Points, expected, leastOverlap: 0.65f, mostPointMoves: 0.12f, picture.Picture);
                var face = analysis.Faces.First(f => f.Box == found.Box);
                // Two photos of one person have 0.65.
                Assert.That(face.Embedding!.CosineSimilarity(Reference(expected)), Is.GreaterThanOrEqualTo(0.65f), picture.Picture);
            }
        }
    }

    private static (FaceBox Box, FacePoints Points) Nearest(IEnumerable<(FaceBox Box, FacePoints Points)> faces, GoldenFace expected) =>
        faces.MaxBy(f => f.Box.IntersectionOverUnion(BoxOf(expected)));

    private static void AssertNear(
        FaceBox box, FacePoints points, GoldenFace expected, float leastOverlap, float mostPointMoves, string picture)
    {
        var known = BoxOf(expected);
        var diagonal = MathF.Sqrt((known.Width * known.Width) + (known.Height * known.Height));
        Assert.That(box.IntersectionOverUnion(known), Is.GreaterThanOrEqualTo(leastOverlap), picture);
        Assert.That(WorstPoint(points, Points(expected)), Is.LessThanOrEqualTo(mostPointMoves * diagonal), picture);
    }

    private static FaceBox BoxOf(GoldenFace face) => new(face.Box[0], face.Box[1], face.Box[2], face.Box[3]);

    private Embedding Reference(GoldenFace face) => Embedding.FromRaw(face.Embedding, _models.Embedder.Entry.Contract);

    private static float WorstPoint(FacePoints a, FacePoints b) => new[]
    {
        Vector2.Distance(a.LeftEye, b.LeftEye), Vector2.Distance(a.RightEye, b.RightEye), Vector2.Distance(a.Nose, b.Nose),
        Vector2.Distance(a.LeftMouth, b.LeftMouth), Vector2.Distance(a.RightMouth, b.RightMouth),
    }.Max();

    private static FacePoints Points(GoldenFace face)
    {
        Vector2 P(int i) => new(face.Points[i][0], face.Points[i][1]);
        return new(P(0), P(1), P(2), P(3), P(4));
    }

    /// <summary>The textbook least squares: normal equations of (a, b, tx, ty) over the ten coordinates, by Gaussian elimination.</summary>
    private static (double A, double B, double Tx, double Ty) Umeyama(FacePoints face)
    {
        Vector2[] from = [face.LeftEye, face.RightEye, face.Nose, face.LeftMouth, face.RightMouth];
        var t = SimilarityTransform.ArcFaceTemplate;
        Vector2[] to = [t.LeftEye, t.RightEye, t.Nose, t.LeftMouth, t.RightMouth];
        var m = new double[4, 5];
        for (var i = 0; i < 5; i++)
        {
            double[][] rows = [[from[i].X, -from[i].Y, 1, 0, to[i].X], [from[i].Y, from[i].X, 0, 1, to[i].Y]];
            foreach (var row in rows)
            {
                for (var r = 0; r < 4; r++)
                {
                    for (var c = 0; c < 5; c++) m[r, c] += row[r] * row[c];
                }
            }
        }
        for (var p = 0; p < 4; p++)
        {
            for (var r = 0; r < 4; r++)
            {
                if (r == p) continue;
                var factor = m[r, p] / m[p, p];
                for (var c = p; c < 5; c++) m[r, c] -= factor * m[p, c];
            }
        }
        return (m[0, 4] / m[0, 0], m[1, 4] / m[1, 1], m[2, 4] / m[2, 2], m[3, 4] / m[3, 3]);
    }

    private static List<GoldenPicture> Golden() =>
        JsonSerializer.Deserialize<List<GoldenPicture>>(File.ReadAllBytes(SharedFiles.Require("golden/golden.json")), Json)!;

    private sealed record GoldenPicture(string Picture, int Width, int Height, List<GoldenFace> Faces);

    private sealed record GoldenFace(float[] Box, float Score, float[][] Points, float[] Embedding, string? Crop);
}
