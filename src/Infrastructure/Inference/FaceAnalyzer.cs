using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// The frame's way: header → decode → detect → quality → align → embed. Every stage is a file beside this one; this class tells their
/// order. Search and decision follow in the use cases, which know the school. Thread-safe.
/// </summary>
internal sealed class FaceAnalyzer : IFaceAnalyzer, IFrameTurns, ILivenessAnalyzer, IDisposable
{
    // Pictures are first decoded to at least this longer side: enough for the detector's 640, cheap for a 12-megapixel photo (one eighth of
    // its pixels).
    internal const int FirstLook = 800;

    // Of 240 of LFW's photos the standard detector is less sure than that of 1 % as they are, and of 92 % when they stand on their head
    // (which it often takes for a face all the same). Other detectors are never that sure, and look in every orientation.
    private const float SureOfUpright = 0.998f;

    // The doubt that may be left of what there was, for a turned picture to be believed rather than the picture as it came.
    private const float LeastGainOfTurning = 0.25f;

    // What the models cost whatever a picture's size, in pixels decoded: 36 ms for one face, and 8 ms a megapixel of the costliest format
    // (WebP).
    private const long CostOfModels = 4_000_000;

    // The same of one tile's detection.
    private const long CostOfTile = 2_000_000;

    private readonly FaceModels _models;
    private readonly FaceWorker[] _workers;
    private readonly InferenceGate<FaceWorker> _gate;
    private readonly TimeSpan _maxDecodeTime;
    private readonly ICaller _caller;
    private readonly Lock _warmingUp = new();
    private bool _isDisposed;

    public FaceAnalyzer(FaceModels models, InferenceOptions options, ICaller caller)
    {
        _caller = caller;
        _models = models;
        var count = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        _workers = [.. Enumerable.Range(0, count).Select(_ => new FaceWorker(models, options.MinFacePixels))];
        _gate = new(_workers, options.QueueLength, options.MaxQueueWait);
        _maxDecodeTime = options.MaxDecodeTime;
    }

    /// <summary>Frames that are analyzed at once.</summary>
    public int WorkerCount => _workers.Length;

    public GateReading ReadGate() => _gate.Read();

    public EmbeddingContractId Contract => _models.Embedder.Entry.Contract;

    public async Task<Result<FrameAnalysis>> AnalyzeAsync(SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose,
        CancellationToken ct)
    {
        // Before the gate, so that what is no picture never takes a place in the queue.
        var header = ImageDecoder.ReadHeader(image);
        if (header.Error is { } refused) return refused;

        var cost = CostOf(header.Value) + (IsTiled(header.Value, purpose) ? FaceTiles.Count(header.Value) * CostOfTile : 0);
        var times = new StageTimes();
        return await WithWorkerAsync(
            school, cost, times, worker => Analyze(worker, image, header.Value, purpose, times, ct), ct);
    }

    /// <summary>Does a piece of work when its turn at the models comes, on the worker's own thread.</summary>
    /// <param name="cost">In pixels decoded.</param>
    internal async Task<Result<T>> WithWorkerAsync<T>(
        SchoolId school, long cost, StageTimes times, Func<FaceWorker, Result<T>> work, CancellationToken ct)
    {
        var came = Stopwatch.GetTimestamp();
        return await _gate.RunAsync(
            new(school, _caller.Name, cost), worker =>
            {
                times.Waited(came);
                return work(worker);
            }, ct);
    }

    public Result<IDisposable> Announce(SchoolId school) => _gate.Announce(school, _caller.Name);

    public bool HasPad => _models.AntiSpoof.Count > 0;

    public async Task<Result<LivenessFrame>> AnalyzeLivenessAsync(
        SchoolId school, StudentId student, ReadOnlyMemory<byte> image, LivenessLook look, CancellationToken ct)
    {
        var header = ImageDecoder.ReadHeader(image);
        if (header.Error is { } refused) return refused;

        return await _gate.RunAsync(
            new(school, student.Value, CostOf(header.Value)), worker => AnalyzeLiveness(worker, image, header.Value, look, ct), ct);
    }

    /// <summary>Sends a black 640×480 frame through every worker: allocates tensors, compiles the code, touches the weights.</summary>
    /// <returns>Whether it came to it: false where the start has failed elsewhere and this was disposed.</returns>
    public bool WarmUp()
    {
        lock (_warmingUp)
        {
            if (_isDisposed) return false;
            // Begins to load the graphs for a frame that is alone, and warms those up that are there then: nobody waits for them.
            SpareCores.Watch(() => _workers.Length >= Environment.ProcessorCount);
            foreach (var worker in _workers) WarmUp(worker);
            foreach (var worker in _workers) WarmUp(worker);
            SpareCores.Watch(() => false);
        }
        return true;

        static void WarmUp(FaceWorker worker)
        {
            const int Width = 640, Height = 480;
            var black = new byte[Width * Height * 3];
            var view = new RgbView(black, Width, Height);
            // These find nothing, so that every detector runs at each of its sizes.
            worker.Detector.DetectLarge(view, worker.Faces);
            worker.Detector.Detect(view, worker.Faces);
            worker.Reserve(1);
            worker.Transforms[0] = SimilarityTransform.ToTemplate(SimilarityTransform.ArcFaceTemplate);
            worker.Embedder.Embed(view, worker.Transforms.AsSpan(0, 1), worker.Embeddings.AsSpan(0, 1), CancellationToken.None);
            worker.Geometry.Measure(view, new(200, 100, 400, 350));
            worker.Pad?.Measure(view, new(200, 100, 400, 350));
        }
    }

    /// <summary>Once a warm-up that goes on has ended: nothing is taken away under its picture.</summary>
    public void Dispose()
    {
        lock (_warmingUp) _isDisposed = true;
        _gate.Dispose();
    }

    private Result<FrameAnalysis> Analyze(
        FaceWorker worker, ReadOnlyMemory<byte> encoded, ImageHeader header, FramePurpose purpose, StageTimes times, CancellationToken ct)
    {
        var at = Stopwatch.GetTimestamp();
        var isTiled = IsTiled(header, purpose);
        var wantedSide = worker.Detector.WantedSide(Math.Max(header.Width, header.Height));
        var decoded = Decode(encoded, header, isTiled ? FaceTiles.WantedSide(header) : wantedSide, ct);
        if (decoded.Error is { } undecodable) return undecodable;
        var image = decoded.Value;
        try
        {
            at = times.Took("decode", at);
            var isEnrolment = purpose is FramePurpose.Enroll or FramePurpose.EnrollCentral;
            if (isTiled) FaceTiles.Detect(worker.Detector, image, worker.Faces, ct);
            // What an enrolment takes lasts for years.
            else if (isEnrolment) worker.Detector.DetectThoroughly(View(image), worker.Faces, image.Shrink);
            else worker.Detector.Detect(View(image), worker.Faces, image.Shrink);
            at = times.Took("detect", at);
            ct.ThrowIfCancellationRequested();
            ByFallingHeight(worker.Faces);
            var turned = isEnrolment ? TurnUpright(worker, ref image, times, ct) : 0;
            int? central = purpose == FramePurpose.EnrollCentral && IsOfSeveral(worker.Faces)
                ? CentralFace.Find([.. worker.Faces.Select(f => f.Box)], image.Width, image.Height)
                : null;
            var wanted = purpose is FramePurpose.Recognize or FramePurpose.Measure ? 0..worker.Faces.Count
                : (central ?? 0)..Math.Min((central ?? 0) + 1, worker.Faces.Count);

            var toOriginal = (float)image.Shrink;
            if (SideForDetail(CollectionsMarshal.AsSpan(worker.Faces)[wanted], image) is { } side)
            {
                var closer = Decode(encoded, header, side, ct);
                if (closer.Error is { } unreadable) return unreadable;
                var before = Origin(image, turned);
                Replace(ref image, closer.Value);
                if (turned != 0)
                {
                    Replace(ref image, image.Turn(turned));
                    var faces = CollectionsMarshal.AsSpan(worker.Faces);
                    foreach (ref var face in faces) face = face.Move((before - Origin(image, turned)) / toOriginal);
                }
                times.Took("decode_closer", at);
            }
            var isMeasured = isEnrolment || purpose == FramePurpose.Measure;
            var described = Describe(worker, image, toOriginal, wanted, isMeasured, times, ct);
            return new FrameAnalysis(image.OriginalWidth, image.OriginalHeight, described, central, turned) { Times = times };
        }
        finally
        {
            image.Dispose();
        }
    }

    /// <summary>
    /// Gives up after a while, and at once when the caller is gone: a worker that a picture holds is missing to everybody.
    /// </summary>
    internal Result<DecodedImage> Decode(
        ReadOnlyMemory<byte> encoded, ImageHeader header, int wantedLongSide, int lines, CancellationToken ct)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(ct);
        bounded.CancelAfter(_maxDecodeTime);
        try
        {
            return ImageDecoder.Decode(encoded, header, wantedLongSide, lines, bounded.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            var seconds = _maxDecodeTime.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            return RecognitionErrors.InvalidImage(
                $"The image takes longer than {seconds} s to decode; send it smaller, or as an ordinary (baseline) JPEG.");
        }
    }

    private Result<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageHeader header, int wantedLongSide, CancellationToken ct) =>
        Decode(encoded, header, wantedLongSide, int.MaxValue, ct);

    /// <summary>One decoding serves all: a face before its own camera is large, so nothing needs the picture's full size.</summary>
    private Result<LivenessFrame> AnalyzeLiveness(
        FaceWorker worker, ReadOnlyMemory<byte> encoded, ImageHeader header, LivenessLook look, CancellationToken ct)
    {
        var at = Stopwatch.GetTimestamp();
        var decoded = Decode(encoded, header, FirstLook, ct);
        if (decoded.Error is { } undecodable) return undecodable;
        using var image = decoded.Value;
        at = FrameMetrics.Took("decode", at);
        var view = View(image);
        worker.Detector.DetectLarge(view, worker.Faces);
        at = FrameMetrics.Took("detect", at);
        ct.ThrowIfCancellationRequested();
        var digest = PictureSummary.Digest(view.Pixels);
        if (worker.Faces.Count == 0)
            return new LivenessFrame(PictureSummary.MeanGrey(view, new(0, 0, view.Width, view.Height)), digest, 0, null);

        ByFallingHeight(worker.Faces);
        var face = worker.Faces[0];
        var grey = PictureSummary.MeanGrey(view, face.Box);
        var count = worker.Faces.Count(f => !CentralFace.IsBystander(f.Box, face.Box));
        worker.Transforms[0] = SimilarityTransform.ToTemplate(face.Points);
        worker.Embedder.Embed(view, worker.Transforms.AsSpan(0, 1), worker.Embeddings.AsSpan(0, 1), ct);
        at = FrameMetrics.Took("embed", at);
        ct.ThrowIfCancellationRequested();
        var geometry = worker.Geometry.Measure(view, face.Box);
        at = FrameMetrics.Took("geometry", at);
        ct.ThrowIfCancellationRequested();
        float? live = look.HasFlag(LivenessLook.Pad) ? worker.Pad?.Measure(view, face.Box) : null;
        if (live is not null) FrameMetrics.Took("pad", at);
        float toOriginal = image.Shrink;
        var seen = look.HasFlag(LivenessLook.View) ? worker.Geometry.ViewOfLast(view, toOriginal) : null;
        return new LivenessFrame(grey, digest, count, new(
            face.Box.Scale(toOriginal), Math.Max(face.Box.Width / view.Width, face.Box.Height / view.Height), face.Points.Scale(toOriginal),
                face.Confidence, worker.Embeddings[0], geometry, seen, live));
    }

    /// <summary>
    /// Turns the picture by the quarters that make its tallest face upright, where the detector is not sure of it as it is and clearly
    /// surer of it in another orientation: scanners and some programs lose a picture's orientation.
    /// </summary>
    /// <param name="image">Replaced by the turned one, and <see cref="FaceWorker.Faces"/> by its faces.</param>
    /// <returns>Degrees clockwise; 0 where nothing was changed.</returns>
    private static int TurnUpright(FaceWorker worker, ref DecodedImage image, StageTimes times, CancellationToken ct)
    {
        var asItCame = ConfidenceUpright(worker.Faces);
        var (best, turned) = (asItCame, 0);
        if (best >= SureOfUpright) return 0;

        var at = Stopwatch.GetTimestamp();
        List<DetectedFace> bestFaces = [], faces = [];
        for (var degrees = 90; degrees < 360; degrees += 90)
        {
            ct.ThrowIfCancellationRequested();
            using var other = image.Turn(degrees);
            worker.Detector.DetectThoroughly(View(other), faces, image.Shrink);
            ByFallingHeight(faces);
            var confidence = ConfidenceUpright(faces);
            // Where there was a face good enough, only one that leaves no doubt takes its place.
            if (confidence <= best || confidence < (asItCame < QualityRule.LeastConfidence ? QualityRule.LeastConfidence : SureOfUpright))
                continue;
            if (1 - confidence > (1 - asItCame) * LeastGainOfTurning) continue;
            (best, turned) = (confidence, degrees);
            (bestFaces, faces) = (faces, bestFaces);
        }
        times.Took("turn", at);
        if (turned == 0) return 0;

        Replace(ref image, image.Turn(turned));
        worker.Faces.Clear();
        worker.Faces.AddRange(bestFaces);
        return turned;
    }

    /// <returns>How sure the detector is of the tallest face; 0 where there is none, or it leans by more than an eighth of a
    /// turn.</returns>
    private static float ConfidenceUpright(List<DetectedFace> faces)
    {
        if (faces.Count == 0) return 0;
        var points = faces[0].Points;
        var down = points.LeftMouth + points.RightMouth - points.LeftEye - points.RightEye;
        return down.Y >= Math.Abs(down.X) ? faces[0].Confidence : 0;
    }

    internal static void ByFallingHeight(List<DetectedFace> faces) => faces.Sort(static (a, b) => b.Box.Height.CompareTo(a.Box.Height));

    private static bool IsOfSeveral(List<DetectedFace> faces) =>
        faces.Count > 1 && !CentralFace.IsBystander(faces[1].Box, faces[0].Box);

    /// <summary>
    /// Where a turned picture's first pixel lies in the turned original: shrinking leaves columns and lines out that fill no whole pixel,
    /// on the right and at the bottom of what was decoded.
    /// </summary>
    private static Vector2 Origin(DecodedImage image, int turned) => new(
        turned is 90 or 180 ? image.OriginalWidth - (image.Width * image.Shrink) : 0,
        turned is 180 or 270 ? image.OriginalHeight - (image.Height * image.Shrink) : 0);

    private static void Replace(ref DecodedImage image, DecodedImage next)
    {
        image.Dispose();
        image = next;
    }

    /// <summary>
    /// The longer side at which the smallest of the faces fills the embedder's crop; null when the picture has it, or has no more to give.
    /// </summary>
    internal static int? SideForDetail(ReadOnlySpan<DetectedFace> faces, DecodedImage image)
    {
        if (image.Shrink == 1) return null;
        var template = SimilarityTransform.ArcFaceTemplate.EyeDistance;
        var smallest = float.MaxValue;
        foreach (var face in faces) smallest = Math.Min(smallest, face.Points.EyeDistance);
        return smallest >= template
            ? null
            : (int)Math.Min(Math.Max(image.Width, image.Height) * (double)template / Math.Max(smallest, 1),
                Math.Max(image.OriginalWidth, image.OriginalHeight));
    }

    /// <summary>Embeds the <paramref name="wanted"/> faces and brings all into pixels of the original.</summary>
    private static AnalyzedFace[] Describe(
        FaceWorker worker, DecodedImage image, float detectedToOriginal, Range wanted, bool isMeasured, StageTimes times,
        CancellationToken ct)
    {
        var view = View(image);
        var originalToView = 1f / image.Shrink;
        var (first, count) = wanted.GetOffsetAndLength(worker.Faces.Count);
        worker.Reserve(count);
        var at = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            worker.Transforms[i] =
                SimilarityTransform.ToTemplate(worker.Faces[first + i].Points.Scale(detectedToOriginal * originalToView));
        worker.Embedder.Embed(view, worker.Transforms.AsSpan(0, count), worker.Embeddings.AsSpan(0, count), ct);
        if (count > 0) at = times.Took("embed", at);

        var faces = new AnalyzedFace[worker.Faces.Count];
        for (var i = 0; i < faces.Length; i++)
        {
            var found = worker.Faces[i];
            var embedded = i - first;
            var isWanted = embedded >= 0 && embedded < count;
            FaceMeasurements? measured = null;
            if (isWanted && isMeasured)
            {
                var inView = found.Scale(detectedToOriginal * originalToView);
                measured = worker.Quality.Measure(view, inView, worker.Transforms[embedded], 1 / originalToView);
            }
            faces[i] = new(
                found.Box.Scale(detectedToOriginal), found.Points.Scale(detectedToOriginal), found.Confidence, measured,
                isWanted ? worker.Embeddings[embedded] : null);
        }
        if (count > 0 && isMeasured) times.Took("quality", at);
        return faces;
    }

    private static bool IsTiled(ImageHeader header, FramePurpose purpose) =>
        purpose is FramePurpose.Recognize or FramePurpose.Measure && FaceTiles.AreNeeded(header);

    internal static long CostOf(ImageHeader header) => CostOfModels + ((long)header.Width * header.Height);

    internal static RgbView View(DecodedImage image) => new(image.Rgb, image.Width, image.Height);
}

/// <summary>The loaded graphs of a profile, shared by all workers. Disposed after them.</summary>
internal sealed class FaceModels(
    string profile, IReadOnlyList<DetectorModel> detectors, EmbedderModel embedder, FaceModel<LandmarksEntry> landmarks,
    IReadOnlyList<FaceModel<HeadPoseEntry>> headPose, IReadOnlyList<FaceModel<AntiSpoofEntry>> antiSpoof) : IDisposable
{
    /// <summary>The profile's name in the manifest.</summary>
    public string Profile { get; } = profile;

    public IReadOnlyList<DetectorModel> Detectors { get; } = detectors;

    public EmbedderModel Embedder { get; } = embedder;

    public FaceModel<LandmarksEntry> Landmarks { get; } = landmarks;

    /// <summary>Empty where the landmarks' own pose serves.</summary>
    public IReadOnlyList<FaceModel<HeadPoseEntry>> HeadPose { get; } = headPose;

    /// <summary>Empty where the profile has no passive presentation attack detection.</summary>
    public IReadOnlyList<FaceModel<AntiSpoofEntry>> AntiSpoof { get; } = antiSpoof;

    /// <param name="detectorsAsExported">Leaves graphs of a fixed size as they are, to be compared with.</param>
    public static FaceModels Load(ResolvedProfile profile, bool detectorsAsExported = false) => new(
        profile.Name, [.. profile.Detectors.Select(d => new DetectorModel(d, detectorsAsExported))], new EmbedderModel(profile.Embedder),
        new FaceModel<LandmarksEntry>(profile.Landmarks, profile.Landmarks.Entry.Outputs),
        [.. profile.HeadPose.Select(p => new FaceModel<HeadPoseEntry>(p, [p.Entry.Output]))],
        [.. profile.AntiSpoof.Select(a => new FaceModel<AntiSpoofEntry>(a, [a.Entry.Output]))]);

    public void Dispose()
    {
        foreach (var detector in Detectors) detector.Dispose();
        Embedder.Dispose();
        Landmarks.Dispose();
        foreach (var pose in HeadPose) pose.Dispose();
        foreach (var model in AntiSpoof) model.Dispose();
    }
}

/// <summary>
/// Everything one frame needs for itself: bound tensors and scratch memory that are used again for the next. For one thread at a time.
/// </summary>
internal sealed class FaceWorker(FaceModels models, int minFacePixels) : IDisposable
{
    public FaceDetector Detector { get; } = new(models.Detectors, minFacePixels);

    public FaceEmbedder Embedder { get; } = new(models.Embedder);

    public QualityMeter Quality { get; } = new();

    public GeometryMeter Geometry { get; } = new(models.Landmarks, models.HeadPose);

    /// <summary>Null where the profile has none.</summary>
    public PadMeter? Pad { get; } = models.AntiSpoof.Count > 0 ? new(models.AntiSpoof) : null;

    /// <summary>The faces of the frame at hand.</summary>
    public List<DetectedFace> Faces { get; } = new(64);

    public SimilarityTransform[] Transforms { get; private set; } = new SimilarityTransform[8];

    public Embedding[] Embeddings { get; private set; } = new Embedding[8];

    public void Reserve(int faces)
    {
        if (faces <= Transforms.Length) return;
        Transforms = new SimilarityTransform[faces * 2];
        Embeddings = new Embedding[faces * 2];
    }

    public void Dispose()
    {
        Detector.Dispose();
        Embedder.Dispose();
        Geometry.Dispose();
        Pad?.Dispose();
    }
}
