using System.Globalization;
using System.Numerics;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Whether a glance first finds what a full look finds, on every picture of the folders, and whether its points are as good to
/// tell people apart.
/// </summary>
internal sealed class DetectorRecall : IDisposable
{
    // Boxes of one face in two looks.
    private const float Same = 0.4f;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    private readonly FaceModels _models;
    private readonly FaceDetector _detector;
    private readonly FaceEmbedder _embedder;
    private readonly List<DetectedFace> _full = [];
    private readonly List<DetectedFace> _glanced = [];

    private DetectorRecall(string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _detector = new(_models.Detectors, 0);
        _embedder = new(_models.Embedder);
    }

    /// <param name="counts">CSV of pictures and the number of faces that they show.</param>
    public static int Run(string pictures, string counts, string profile)
    {
        using var recall = new DetectorRecall(profile);
        recall.Find(pictures);
        recall.Count(pictures, counts);
        recall.Name(Path.Combine(pictures, "lfw-school"));
        Console.WriteLine();
        Console.WriteLine("A frame is glanced at in an input of 320 before it is looked at in one of 640 ([decision");
        Console.WriteLine(
            "47](decisions/0047-a-glance-first.md), which also says what the faces are that one of the two looks finds alone).");
        Console.WriteLine("`./bench.sh detector` writes these tables, and names such faces.");
        Console.WriteLine();
        return 0;
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _detector.Dispose();
        _models.Dispose();
    }

    private void Find(string pictures)
    {
        Console.WriteLine(
            "| pictures | how many | found by a full look | of them by a glance first | by a glance first alone | CPU ratio |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (var folder in Directory.GetDirectories(pictures).Order(StringComparer.Ordinal))
        {
            int read = 0, faces = 0, found = 0, alone = 0;
            double fullTime = 0, glancedTime = 0;
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                if (!Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())) continue;
                using var image = Decode(file);
                if (image is null) continue;
                read++;
                var view = FaceAnalyzer.View(image);
                // Once before it counts, for tensors of a size that was not there before.
                Look(view);
                var start = Environment.CpuUsage.TotalTime;
                _detector.DetectThoroughly(view, _full);
                var between = Environment.CpuUsage.TotalTime;
                _detector.Detect(view, _glanced);
                fullTime += (between - start).TotalMilliseconds;
                glancedTime += (Environment.CpuUsage.TotalTime - between).TotalMilliseconds;

                faces += _full.Count;
                var name = Path.GetRelativePath(pictures, file).Replace('\\', '/');
                foreach (var face in _full)
                {
                    if (IsAmong(face, _glanced)) found++;
                    else Tell("full look alone", name, face);
                }
                foreach (var face in _glanced)
                {
                    if (IsAmong(face, _full)) continue;
                    alone++;
                    Tell("glance first alone", name, face);
                }
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {Path.GetFileName(folder)} | {read:N0} | {faces:N0} | {found:N0} | {alone} | {glancedTime / fullTime:0.00} |"));
        }
        Console.WriteLine();
    }

    private void Count(string pictures, string counts)
    {
        int known = 0, full = 0, glanced = 0;
        foreach (var line in File.ReadLines(counts).Skip(1))
        {
            var fields = line.Split(',');
            using var image = Decode(Path.Combine(pictures, fields[0]));
            if (image is null) continue;
            Look(FaceAnalyzer.View(image));
            var faces = int.Parse(fields[1], CultureInfo.InvariantCulture);
            known += faces;
            full += Math.Min(faces, _full.Count);
            glanced += Math.Min(faces, _glanced.Count);
        }
        Console.WriteLine($"Of {known} faces counted by eye a full look finds {full}, a glance first {glanced}.");
        Console.WriteLine();
    }

    // Who has several pictures is enrolled with the first and looked for with the last.
    private void Name(string school)
    {
        const int People = 200;
        var people = Directory.GetDirectories(school).Order(StringComparer.Ordinal)
            .Select(p => Directory.GetFiles(p).Order(StringComparer.Ordinal).ToArray()).Where(p => p.Length > 1).Take(People).ToList();
        Console.WriteLine(
            "| face's height in 640×480, px | right names by a full look | by a glance first | similarity to oneself by a full look | " +
            "by a glance first |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (var side in new[] { 400, 250, 160, 110, 80 })
        {
            var looks = new[] { Right(isThorough: true), Right(isThorough: false) };
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {side * 0.51f:0} | {looks[0].Right} of {looks[0].Asked} | {looks[1].Right} of {looks[1].Asked} " +
                $"| {looks[0].Mean:0.000} | {looks[1].Mean:0.000} |"));

            (int Right, int Asked, double Mean) Right(bool isThorough)
            {
                // Enrolment looks thoroughly at whatever it is.
                var gallery = people.Select(p => Central(p[0], 400, isThorough: true)).ToList();
                var probes = people.Select(p => Central(p[^1], side, isThorough)).ToList();
                var right = 0;
                var own = new List<double>();
                for (var p = 0; p < probes.Count; p++)
                {
                    if (probes[p] is not { } probe) continue;
                    var best = Enumerable.Range(0, gallery.Count)
                        .MaxBy(g => gallery[g] is { } known ? known.CosineSimilarity(probe) : float.NegativeInfinity);
                    if (best == p) right++;
                    if (gallery[p] is { } self) own.Add(self.CosineSimilarity(probe));
                }
                return (right, probes.Count, own.Average());
            }
        }
    }

    /// <summary>
    /// The face in the middle of a frame of 640×480 that shows the picture in a square of that side; null where none is found.
    /// </summary>
    private Embedding? Central(string file, int side, bool isThorough)
    {
        var frame = Collage.Paste(
            640, 480, [(ImageCanvas.Open(File.ReadAllBytes(file)).Value, (640 - side) / 2, (480 - side) / 2, side)]);
        var view = new RgbView(frame.Rgb, 640, 480);
        if (isThorough) _detector.DetectThoroughly(view, _glanced);
        else _detector.Detect(view, _glanced);
        if (_glanced.Count == 0) return null;
        var middle = new Vector2(320, 240);
        var central = _glanced.MinBy(f => Vector2.Distance(f.Box.Center, middle));
        var embedded = new Embedding[1];
        _embedder.Embed(view, [SimilarityTransform.ToTemplate(central.Points)], embedded, CancellationToken.None);
        return embedded[0];
    }

    private void Look(RgbView view)
    {
        _detector.DetectThoroughly(view, _full);
        _detector.Detect(view, _glanced);
    }

    private static bool IsAmong(in DetectedFace face, List<DetectedFace> faces)
    {
        foreach (var other in faces)
        {
            if (other.Box.IntersectionOverUnion(face.Box) > Same) return true;
        }
        return false;
    }

    private static void Tell(string what, string picture, in DetectedFace face) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {picture},{face.Box.Left:0},{face.Box.Top:0},{face.Box.Right:0},{face.Box.Bottom:0} ({face.Confidence:0.00})"));

    private static DecodedImage? Decode(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var header = ImageDecoder.ReadHeader(bytes);
        if (header.Error is not null) return null;
        var decoded = ImageDecoder.Decode(bytes, header.Value, FaceAnalyzer.FirstLook);
        return decoded.Error is null ? decoded.Value : null;
    }
}
