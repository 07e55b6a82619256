using System.Globalization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// What a frame costs from its bytes to its names, beside the detector's graph as it was exported: a square of 640 looked at once.
/// </summary>
internal static class WholeFrames
{
    private const int Rounds = 150, People = 200, Enrolled = 10_000;

    /// <param name="counts">CSV of pictures and the number of faces that they show.</param>
    public static int Run(string pictures, string counts)
    {
        using Way exported = new("standard, a square of 640", "standard", asExported: true), ours = new("standard", "standard", false),
            yunet = new("yunet", "yunet", false);
        Way[] ways = [exported, ours, yunet];
        var people = Directory.GetDirectories(Path.Combine(pictures, "lfw")).Order(StringComparer.Ordinal)
            .Select(p => ImageCanvas.Open(File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First())).Value)
            .Where(p => ways.All(w => w.Analyze(Frame([p], 160)).Faces.Count == 1)).Take(4).ToArray();
        var one = Cost(ways, Frame([people[0]], 480), 1);
        var four = Cost(ways, Frame(people, 160), 4);

        Console.WriteLine("| profile, detector's input | 640×480, 1 face: CPU ms | ratio | 4 faces: CPU ms | ratio | faces found in " +
            "groups/ | right names |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        var listed = File.ReadLines(counts).Skip(1).Select(line => line.Split(',')).ToList();
        for (var i = 0; i < ways.Length; i++)
        {
            var way = ways[i];
            var found = listed.Sum(line => Math.Min(int.Parse(line[1], CultureInfo.InvariantCulture),
                way.Analyze(File.ReadAllBytes(Path.Combine(pictures, line[0]))).Faces.Count));
            var (right, asked) = Names(way, Path.Combine(pictures, "lfw-school"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {way.Name} | {one[i]:0.00} | {one[i] / one[0]:0.00} | {four[i]:0.00} | {four[i] / four[0]:0.00} " +
                $"| {found} of {listed.Sum(line => int.Parse(line[1], CultureInfo.InvariantCulture))} | {right} of {asked} |"));
        }
        Console.WriteLine();
        Console.WriteLine("Whole frames on one thread (decode, detect, align, embed, search among 10,000), medians of CPU time, by turns.");
        Console.WriteLine("`./bench.sh frame` measures them anew.");
        Console.WriteLine();
        return 0;
    }

    private static double[] Cost(Way[] ways, byte[] jpeg, int faces)
    {
        foreach (var way in ways)
        {
            for (var i = 0; i < 40; i++)
            {
                var found = way.Whole(jpeg);
                if (found != faces) throw new InvalidOperationException($"{way.Name} finds {found} faces of {faces}.");
            }
        }
        var times = ways.Select(_ => new List<double>(Rounds)).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                var before = Environment.CpuUsage.TotalTime;
                ways[i].Whole(jpeg);
                times[i].Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            }
        }
        return [.. times.Select(t => t.Order().ElementAt(Rounds / 2))];
    }

    // Who has several pictures is enrolled with the first and looked for with the last.
    private static (int Right, int Asked) Names(Way way, string school)
    {
        var people = Directory.GetDirectories(school).Order(StringComparer.Ordinal)
            .Select(p => Directory.GetFiles(p).Order(StringComparer.Ordinal).ToArray()).Where(p => p.Length > 1).Take(People).ToList();
        var gallery = people.Select(p => Central(p[0])).ToList();
        var right = 0;
        for (var p = 0; p < people.Count; p++)
        {
            if (Central(people[p][^1]) is not { } probe) continue;
            var best = Enumerable.Range(0, gallery.Count)
                .MaxBy(g => gallery[g] is { } known ? known.CosineSimilarity(probe) : float.NegativeInfinity);
            if (best == p) right++;
        }
        return (right, people.Count);

        // These pictures show their person in the middle.
        Embedding? Central(string file) => way.Analyze(Frame([ImageCanvas.Open(File.ReadAllBytes(file)).Value], 250)).Faces
            .MinBy(f => Math.Abs(f.Box.Center.X - 320) + Math.Abs(f.Box.Center.Y - 240))?.Embedding;
    }

    private static byte[] Frame(ImageCanvas[] people, int side) => Collage.Paste(640, 480,
        [.. people.Select((p, i) => (p, ((640 - (people.Length * side)) / 2) + (i * side), (480 - side) / 2, side))]).Encode(".jpg");

    private sealed class Way : IDisposable
    {
        private readonly FaceModels _models;
        private readonly FaceAnalyzer _analyzer;
        private readonly GallerySnapshot _gallery;

        public Way(string name, string profile, bool asExported)
        {
            Name = name;
            var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true, Workers = 1 };
            var resolved = ModelStore.Open(options).Resolve(profile, NullLogger.Instance);
            _models = FaceModels.Load(resolved, asExported);
            _analyzer = new(_models, options, new ServerCaller());
            _analyzer.WarmUp();
            _gallery = Speed.RandomGallery(resolved.Embedder.Entry.Contract, resolved.Embedder.Entry.Dimension, Enrolled);
        }

        public string Name { get; }

        public FrameAnalysis Analyze(byte[] picture) =>
            _analyzer.AnalyzeAsync(SchoolId.First, picture, FramePurpose.Recognize, default).GetAwaiter().GetResult().Value;

        /// <returns>How many faces there are.</returns>
        public int Whole(byte[] jpeg)
        {
            var faces = Analyze(jpeg).Faces;
            _gallery.Search([.. faces.Select(f => f.Embedding!)], 2);
            return faces.Count;
        }

        public void Dispose()
        {
            _analyzer.Dispose();
            _models.Dispose();
        }
    }
}
