using System.Globalization;
using System.Numerics;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Half a minute of a camera in four scenes, followed as the server does it, beside every frame taken whole: decoded, looked through in the
/// detector's square of 640 pixels, every face embedded and looked up. By turns in one run, in CPU time of the process.
/// </summary>
internal sealed class Cameras : IDisposable
{
    private static readonly TimeSpan Frame = TimeSpan.FromSeconds(1.0 / CameraScenes.FramesPerSecond);

    private readonly InferenceOptions _options = new() { Profile = "standard", AcceptNonCommercial = true };
    private readonly ResolvedProfile _profile;
    private readonly FaceModels _models;
    private readonly FaceAnalyzer _analyzer;
    private readonly DetectorModel _square;
    private readonly FaceDetector _squareDetector;
    private readonly FaceWorker _worker;
    private readonly RecognitionOptions _recognition;
    private readonly SchoolGallery _gallery;
    private readonly List<Walker> _people = [];

    private Cameras(string facesFolder)
    {
        _profile = ModelStore.Open(_options).Resolve(_options.Profile, NullLogger.Instance);
        _models = FaceModels.Load(_profile);
        _analyzer = new(_models, _options, new ServerCaller());
        _analyzer.WarmUp();
        _square = new(_profile.Detectors[0], asExported: true);
        _squareDetector = new([_square], 0);
        _worker = new(_models, _options.MinFacePixels);
        _recognition = new()
        {
            BaseThreshold = _profile.Embedder.Entry.BaseThreshold,
            Calibration = _profile.Embedder.Entry.Scores,
            LeastOwnSimilarity = _profile.Embedder.Entry.LeastOwnSimilarity,
        };
        _gallery = new(_profile.Embedder.Entry.Contract, Enrol(facesFolder), Revision: 0, Version: 1);
        ChoosePeople(facesFolder);
    }

    public static async Task<int> RunAsync(string facesFolder)
    {
        using var cameras = new Cameras(facesFolder);
        await cameras.MeasureAsync();
        return 0;
    }

    public void Dispose()
    {
        _worker.Dispose();
        _squareDetector.Dispose();
        _square.Dispose();
        _analyzer.Dispose();
        _models.Dispose();
    }

    private async Task MeasureAsync()
    {
        var made = new CameraScenes();
        CameraScene[] scenes = [OneMoves(made), ThreeMove(made), Still(made), Nobody(made)];
        var follows = Array.ConvertAll(scenes, _ => new Followed(this));
        foreach (var scene in scenes)
        {
            // Past the calls after which the JIT recompiles.
            using var warming = new Followed(this);
            for (var i = 0; i < 60; i++)
            {
                await warming.SeeAsync(scene.Jpegs[i], null);
                if (i < 40) Whole(scene.Jpegs[i]);
            }
        }

        var (followed, whole) = (new double[scenes.Length], new double[scenes.Length]);
        for (var i = 0; i < scenes[0].Jpegs.Count; i++)
        {
            for (var s = 0; s < scenes.Length; s++)
            {
                var start = ProcessMilliseconds();
                await follows[s].SeeAsync(scenes[s].Jpegs[i], scenes[s].Shown[i]);
                var between = ProcessMilliseconds();
                Whole(scenes[s].Jpegs[i]);
                (followed[s], whole[s]) = (followed[s] + between - start, whole[s] + ProcessMilliseconds() - between);
            }
        }

        var carried = new double[scenes.Length];
        for (var s = 0; s < scenes.Length; s++) carried[s] = Carried(scenes[s]);
        var (frames, kilobytes) = (scenes[0].Jpegs.Count, scenes.Average(s => s.Jpegs.Average(j => j.Length)) / 1024);
        Console.WriteLine(
            $"| {CameraScenes.Seconds} s of 640×480, {CameraScenes.FramesPerSecond} frames/s | CPU ms a frame, followed | " +
            "every frame whole | ratio | tracks | named right | unnamed | tracks of half a face | wrong in either | " +
            "faces answered of those that show | " +
            $"cameras on {Environment.ProcessorCount} cores |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (var s = 0; s < scenes.Length; s++)
        {
            var names = follows[s].Names();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {scenes[s].Name} | {followed[s] / frames:0.00} | {whole[s] / frames:0.00} | {followed[s] / whole[s]:0.000} | " +
                $"{names.Tracks} | {names.Right} | {names.Unnamed} | {names.Hidden} | {names.Wrong} | " +
                $"{names.Answered} of {names.Shown} | {carried[s]:0} |"));
            follows[s].Dispose();
        }
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Frames of {kilobytes:0} KB; {_gallery.Students.Total} students enrolled, each by one picture, and shown by another."));
    }

    /// <summary>Three people, one after the other, walk up to the camera and out at the other side.</summary>
    private CameraScene OneMoves(CameraScenes made) => made.Make("one person moves", [.. _people.Take(3).Select((p, i) => p with
    {
        Place = at =>
        {
            var t = (float)(at.TotalSeconds - (i * 10)) / 9.5f;
            if (t is < 0 or >= 1) return null;
            var x = i % 2 == 0 ? -80 + (800 * t) : 720 - (800 * t);
            return (new(x, 190 + (30 * MathF.Sin(t * 21))), 60 + (80 * MathF.Sin(MathF.PI * t)), 0.08f * MathF.Sin(t * 30));
        },
    })]);

    /// <summary>Three people stand and walk about, and pass one another.</summary>
    private CameraScene ThreeMove(CameraScenes made) => made.Make("three persons", [.. _people.Skip(3).Take(3).Select((p, i) => p with
    {
        Place = at =>
        {
            var t = (float)at.TotalSeconds;
            var x = 320 + (220 * MathF.Sin((t * (0.25f + (0.07f * i))) + (i * 2.1f)));
            return (new(x, 130 + (i * 50) + (12 * MathF.Sin(t * 2.2f))),
                62 + (i * 18) + (8 * MathF.Sin(t * 0.9f)), 0.06f * MathF.Sin((t * 1.7f) + i));
        },
    })]);

    private CameraScene Still(CameraScenes made) =>
        made.Make("a still scene", [_people[6] with { Place = _ => (new(300, 220), 100, 0) }]);

    /// <summary>An empty room whose light changes slowly, once at a stroke; and something without a face crosses it.</summary>
    private static CameraScene Nobody(CameraScenes made) => made.Make("nobody", [],
        at => (at.TotalSeconds > 20 ? 0.8f : 1) * (1 + (0.06f * MathF.Sin((float)at.TotalSeconds * 0.6f))),
        at => at.TotalSeconds is > 8 and < 11 ? (new((float)(at.TotalSeconds - 8) * 220, 330), 60) : null);

    private IReadOnlyList<GalleryMatch> Whole(byte[] jpeg)
    {
        var header = ImageDecoder.ReadHeader(jpeg).Value;
        using var image = ImageDecoder.Decode(jpeg, header, FaceAnalyzer.FirstLook).Value;
        var view = new RgbView(image.Rgb, image.Width, image.Height);
        _squareDetector.Detect(view, new(0, 0, view.Width, view.Height), _square.Side, _worker.Faces);
        if (_worker.Faces.Count == 0) return [];
        var embeddings = new Embedding[_worker.Faces.Count];
        _worker.Embedder.Embed(view, [.. _worker.Faces.Select(f => SimilarityTransform.ToTemplate(f.Points))], embeddings, default);
        return _gallery.Search(embeddings, 2)[0];
    }

    /// <returns>Cameras that see this scene and are followed at their rate, on all cores.</returns>
    private double Carried(CameraScene scene)
    {
        var threads = Environment.ProcessorCount;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var running = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            using var followed = new Followed(this);
            foreach (var jpeg in scene.Jpegs) followed.SeeAsync(jpeg, null).GetAwaiter().GetResult();
        })).ToList();
        running.ForEach(t => t.Start());
        running.ForEach(t => t.Join());
        return threads * CameraScenes.Seconds / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Everybody of lfw/ by the first picture, and two hundred more who never come.</summary>
    private GallerySnapshot Enrol(string facesFolder)
    {
        var entry = _profile.Embedder.Entry;
        var entries = new List<GalleryEntry>();
        foreach (var person in Folders(facesFolder, "lfw").Concat(Folders(facesFolder, "lfw-school").Take(200)))
        {
            if (EmbeddingOf(File.ReadAllBytes(PicturesOf(person)[0])) is { } embedding)
                entries.Add(new(TemplateId.New(), new StudentId(Path.GetFileName(person)), embedding.Values.ToArray()));
        }
        return GallerySnapshot.Empty(entry.Contract, entry.Dimension).Change().Add(entries).ToSnapshot();
    }

    /// <summary>The first whom the models know by another picture: what is measured is the way of the frames, not the models.</summary>
    private void ChoosePeople(string facesFolder)
    {
        var policy = _recognition.PolicyFor(_gallery.Students);
        foreach (var person in Folders(facesFolder, "lfw"))
        {
            var jpeg = File.ReadAllBytes(PicturesOf(person)[1]);
            if (EmbeddingOf(jpeg) is not { } embedding) continue;
            var who = policy.Decide([.. _gallery.Search([embedding], 2)[0]], (_, _) => null);
            if (who.Student is { } student && student.Value == Path.GetFileName(person))
                _people.Add(new(student.Value, ImageCanvas.Open(jpeg).Value, _ => null));
            if (_people.Count == 7) return;
        }
        throw new InvalidOperationException("Too few of the people are known by their second picture.");
    }

    private Embedding? EmbeddingOf(byte[] jpeg)
    {
        var seen = _analyzer.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.EnrollCentral, default).GetAwaiter().GetResult().Value;
        return seen.Faces.FirstOrDefault(f => f.Embedding is not null)?.Embedding;
    }

    private static IEnumerable<string> Folders(string facesFolder, string name) =>
        Directory.GetDirectories(Path.Combine(facesFolder, name)).Order(StringComparer.Ordinal);

    private static string[] PicturesOf(string person) => [.. Directory.GetFiles(person).Order(StringComparer.Ordinal)];

    private static double ProcessMilliseconds() => Environment.CpuUsage.TotalTime.TotalMilliseconds;

    /// <param name="Tracks">Of faces that showed whole at some time.</param>
    /// <param name="Hidden">Of faces that somebody stood before as long as the track lasted, or of a part of a face.</param>
    /// <param name="Right">Named by their own name at the end, and never otherwise.</param>
    /// <param name="Wrong">Named otherwise, be it in one frame.</param>
    /// <param name="Answered">Of the faces that show whole, in all frames.</param>
    private readonly record struct NamedTracks(
        int Tracks, int Right, int Unnamed, int Hidden, int Wrong, int Answered, int Shown);

    /// <summary>One camera, its frames a tenth of a second apart, and how its tracks were named.</summary>
    private sealed class Followed : IFaceTracks, IDisposable
    {
        private readonly FrameClock _clock = new();
        private readonly FrameFollower _follower;
        private readonly FrameRecognizer _recognizer;
        private readonly Dictionary<TrackVerdict, (bool IsWrong, bool IsWhole, string? Last)> _named = [];
        private TrackedFrame? _seen;
        private int _answered;
        private int _shown;

        public Followed(Cameras cameras)
        {
            _follower = new(cameras._analyzer, cameras._options, cameras._profile.Embedder.Entry.VerificationThreshold,
                new ServerCaller(), _clock);
            _recognizer = new(cameras._analyzer, this, new StandingGallery(cameras._gallery), Options.Create(cameras._recognition));
        }

        public async Task SeeAsync(byte[] jpeg, IReadOnlyList<ShownFace>? shown)
        {
            _clock.Now += Frame;
            var frame = (await _recognizer.FollowAsync(SchoolId.First, "camera", jpeg, CancellationToken.None)).Value;
            if (shown is null) return;
            for (var f = 0; f < frame.Faces.Count; f++)
            {
                var box = frame.Faces[f].Box;
                var middle = new Vector2(box.Left + box.Right, box.Top + box.Bottom) / 2;
                var name = frame.Faces[f].Who.Student?.Value;
                // Where two stand one before the other, either may be the one that was found; whose face it is more than a piece of, it
                // covers best.
                var near = shown.Where(s => Vector2.Distance(s.At, middle) < s.Width * 0.7f).ToList();
                var isWhole = near.Count > 0 && near.MaxBy(s => Overlap(s, box)) is { IsWhole: true } best && Overlap(best, box) >= 0.5f;
                var known = _named.GetValueOrDefault(_seen!.Faces[f].Verdict);
                _named[_seen.Faces[f].Verdict] = (
                    known.IsWrong || (name is not null && near.All(s => s.Name != name)), known.IsWhole || isWhole,
                    name ?? known.Last);
            }
            _shown += shown.Count(s => s.IsWhole);
            _answered += shown.Count(s => s.IsWhole && frame.Faces.Any(f => Vector2.Distance(
                s.At, new Vector2(f.Box.Left + f.Box.Right, f.Box.Top + f.Box.Bottom) / 2) < s.Width * 0.7f));
        }

        private static float Overlap(in ShownFace shown, in PixelBox found) =>
            shown.Box.IntersectionOverUnion(new(found.Left, found.Top, found.Right, found.Bottom));

        public NamedTracks Names()
        {
            var whole = _named.Values.Where(n => n.IsWhole).ToList();
            return new(
                whole.Count, whole.Count(n => n is { IsWrong: false, Last: not null }),
                whole.Count(n => n is { IsWrong: false, Last: null }),
                _named.Count - whole.Count, _named.Values.Count(n => n.IsWrong), _answered, _shown);
        }

        public async Task<Result<TrackedFrame>> FollowAsync(
            SchoolId school, string device, ReadOnlyMemory<byte> image, CancellationToken ct)
        {
            var seen = await _follower.FollowAsync(school, device, image, ct);
            _seen = seen.Value;
            return seen;
        }

        public void Dispose() => _follower.Dispose();
    }

    /// <summary>Shows the time of the frame.</summary>
    private sealed class FrameClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class StandingGallery(SchoolGallery faces) : IGallery
    {
        public event Action<SchoolId>? Changed
        {
            add { }
            remove { }
        }

        public ValueTask<Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct) => new(Result<ISchoolGallery>.Ok(faces));
    }
}
