using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Imaging.Native;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Every stage of a frame beside the least it could cost, measured alternately in one run because machines are noisy: the bare Run of the
/// same graph on the same input, the bare libvips decode, a plain sum over the gallery's bytes.
/// </summary>
internal sealed class Speed
{
    private const int Seed = 20_260_101;

    private const int Clients = 16;

    private readonly StringBuilder _report = new();

    public static int Run(string facesFolder, string profile)
    {
        var speed = new Speed();
        speed.MeasureFrames(facesFolder, profile);
        speed.Tell();
        speed.MeasureLiveness(facesFolder, profile);
        speed.Tell();
        speed.MeasureSearch();
        speed.Tell();
        return 0;
    }

    private void Tell()
    {
        Console.Write(_report);
        _report.Clear();
    }

    private void MeasureFrames(string facesFolder, string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        var resolved = ModelStore.Open(options).Resolve(profile, NullLogger.Instance);
        using var models = FaceModels.Load(resolved);
        using var analyzer = new FaceAnalyzer(models, options, new ServerCaller());
        analyzer.WarmUp();
        // With fewer workers than cores no frame takes a second core.
        using var onOneCore = new FaceAnalyzer(
            models, new() { Profile = profile, AcceptNonCommercial = true, Workers = 1 }, new ServerCaller());
        onOneCore.WarmUp();
        using var worker = new FaceWorker(models, options.MinFacePixels);
        var people = Directory.GetDirectories(Path.Combine(facesFolder, "lfw")).Order(StringComparer.Ordinal)
            .Select(p => File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First()))
            .Where(jpeg => analyzer.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.Enroll, default).GetAwaiter()
                .GetResult().Value.Faces.Count == 1)
            .Take(5).Select(jpeg => ImageCanvas.Open(jpeg).Value).ToArray();
        var gallery = RandomGallery(resolved.Embedder.Entry.Contract, resolved.Embedder.Entry.Dimension, 10_000);

        _report.AppendLine(CultureInfo.InvariantCulture,
            $"Profile {profile}, ONNX Runtime {OrtModel.RuntimeVersion}, gallery of 10,000 templates for the whole frame.").AppendLine();
        _report.AppendLine("| frame | part | ms p50 | ms p95 | floor p50 | ratio | floor is |")
            .AppendLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (name, jpeg, faces) in new[]
        {
            ("640×480, 1 face", Frame(640, 480, [people[0]], 480), 1),
            ("1280×720, 5 faces", Frame(1280, 720, people, 250), 5),
            ("4000×3000, 1 face", Frame(4000, 3000, [people[0]], 3000), 1),
        })
        {
            MeasureFrame(name, jpeg, faces, analyzer, onOneCore, worker, models, gallery);
        }
        _report.AppendLine();
    }

    /// <summary>A frame of a liveness session, from its bytes to its answer, beside the bare Runs of the models that it needs.</summary>
    private void MeasureLiveness(string facesFolder, string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        using var models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        using var analyzer = new FaceAnalyzer(models, options, new ServerCaller());
        analyzer.WarmUp();
        using var onOneCore = new FaceAnalyzer(
            models, new() { Profile = profile, AcceptNonCommercial = true, Workers = 1 }, new ServerCaller());
        onOneCore.WarmUp();
        var jpeg = TypicalFrame(facesFolder);
        var template = analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), jpeg, LivenessLook.Plain, default).GetAwaiter()
            .GetResult().Value.Face!.Embedding;

        // A face this large is the quickest detector's.
        using var detector = models.Detectors[^1].Graph.Bind(1, 3, models.Detectors[^1].Side, models.Detectors[^1].Side);
        using var embedder =
            models.Embedder.Graph.Bind(models.Embedder.Entry.Batch != 1 && models.Embedder.Entry.Mirror ? 2 : 1, 3, 112, 112);
        using var landmarks = Bind(models.Landmarks);
        var poses = models.HeadPose.Select(Bind).ToList();
        var pads = models.AntiSpoof.Select(Bind).ToList();
        FillInputs();
        void Bare()
        {
            detector.Run();
            for (var i = 0; i < (models.Embedder.Entry.Batch == 1 && models.Embedder.Entry.Mirror ? 2 : 1); i++) embedder.Run();
            landmarks.Run();
            poses.ForEach(pose => pose.Run());
        }

        var session = new LivenessSession(new(TimeSpan.FromHours(1), 0.1f, AsksPad: false), new LivenessPlan(LivenessAction.Nod));
        var number = 0;
        void Judge(FaceAnalyzer by, bool withPad)
        {
            var seen =
                by.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), jpeg, withPad ? LivenessLook.Pad : LivenessLook.Plain, default)
                    .GetAwaiter().GetResult().Value;
            session.Observe(TimeSpan.FromMilliseconds(++number), new(seen.MeanGrey, (ulong)number, seen.FaceCount,
                new(seen.Face!.Box, seen.Face.Share, seen.Face.Geometry, seen.Face.Embedding,
                    template.CosineSimilarity(seen.Face.Embedding), null, seen.Face.LiveProbability)));
        }

        var times = Measure(
            TimeSpan.FromSeconds(15), () => Judge(onOneCore, withPad: false), Bare, () => Judge(onOneCore, withPad: true), () =>
            {
                Bare();
                pads.ForEach(pad => pad.Run());
            }, () => Judge(analyzer, withPad: false), () => Judge(analyzer, withPad: true));
        _report.AppendLine("| liveness frame, 640×480, 1 face | ms p50 | ms p95 | bare model calls p50 | ratio |")
            .AppendLine("| --- | --- | --- | --- | --- |");
        foreach (var (what, judged, bare) in new[]
        {
            ("judged on one core", times[0], times[1]), ("judged on one core, with a passive sample", times[2], times[3]),
            ("judged alone on the machine", times[4], times[1]),
            ("judged alone on the machine, with a passive sample", times[5], times[3]),
        })
        {
            _report.AppendLine(CultureInfo.InvariantCulture,
                $"| {what} | {P(judged, 50):0.00} | {P(judged, 95):0.00} | {P(bare, 50):0.00} | {P(judged, 50) / P(bare, 50):0.00} |");
        }
        _report.AppendLine();
        foreach (var binding in poses.Concat(pads)) binding.Dispose();

        static OrtModel.Binding Bind<T>(FaceModel<T> model)
            where T : ModelEntry => model.Graph.Bind(1, 3, model.Entry.Input.Side, model.Entry.Input.Side);

        // Graphs take longer for a face than for zeros.
        void FillInputs()
        {
            using var image = ImageDecoder.Decode(jpeg, ImageDecoder.ReadHeader(jpeg).Value, FaceAnalyzer.FirstLook).Value;
            using var worker = new FaceWorker(models, options.MinFacePixels);
            worker.Detector.DetectLarge(View(image), worker.Faces);
            var (box, points, _) = worker.Faces.MaxBy(f => f.Box.Height);
            var scale = models.Detectors[^1].Side / (float)Math.Max(image.Width, image.Height);
            new Letterbox(models.Detectors[^1].Format)
                .Fill(View(image), new(0, 0, image.Width, image.Height), detector.Input, models.Detectors[^1].Side,
                    models.Detectors[^1].Side, scale);
            var views = models.Embedder.Entry.Batch != 1 && models.Embedder.Entry.Mirror ? 2 : 1;
            for (var view = 0; view < views; view++)
                FaceAligner.Warp(View(image), SimilarityTransform.ToTemplate(points), models.Embedder.Format,
                    embedder.Input.Slice(view * 3 * FaceAligner.Pixels, 3 * FaceAligner.Pixels), view == 1);
            Crop(models.Landmarks, landmarks, FaceCropper.RectangleOf(box, models.Landmarks.Entry.Crop, image.Width, image.Height));
            for (var i = 0; i < poses.Count; i++)
                Crop(models.HeadPose[i], poses[i], FaceCropper.RectangleOf(box, models.HeadPose[i].Entry.Crop, image.Width, image.Height));
            for (var i = 0; i < pads.Count; i++)
                Crop(models.AntiSpoof[i], pads[i],
                    PadMeter.RectangleOf(box, models.AntiSpoof[i].Entry.CropScale, image.Width, image.Height));

            void Crop<T>(FaceModel<T> model, OrtModel.Binding to, PixelRectangle from) where T : ModelEntry =>
                new FaceCropper(model.Format, model.Entry.Input.Side).Fill(View(image), from, to.Input);
        }
    }

    private unsafe void MeasureFrame(
        string name, byte[] jpeg, int faces, FaceAnalyzer analyzer, FaceAnalyzer onOneCore, FaceWorker worker, FaceModels models,
        GallerySnapshot gallery)
    {
        var probe = analyzer.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.Recognize, default).GetAwaiter().GetResult();
        if (probe.Value.Faces.Count != faces) throw new InvalidOperationException($"{name}: {probe.Value.Faces.Count} faces found.");

        var header = ImageDecoder.ReadHeader(jpeg).Value;
        using var image = ImageDecoder.Decode(jpeg, header, FaceAnalyzer.FirstLook).Value;
        var shrink = ImageDecoder.ShrinkFor(header, FaceAnalyzer.FirstLook);
        var target = PixelBuffer.Rent(image.Width * image.Height * 3);
        worker.Detector.Detect(View(image), worker.Faces);
        var transforms = worker.Faces.Select(f => SimilarityTransform.ToTemplate(f.Points)).ToArray();
        var embeddings = new Embedding[faces];
        using var bareDetector = BindFullLook(models.Detectors[0], image.Width, image.Height);
        var views = models.Embedder.Entry.Mirror ? 2 : 1;
        var together = models.Embedder.Entry.Batch != 1;
        using var bareEmbedder = models.Embedder.Graph.Bind(together ? faces * views : 1, 3, 112, 112);
        var crop = new float[3 * FaceAligner.Pixels];
        var rows = new float[gallery.Count * gallery.Dimension];

        void DecodeFloor()
        {
            fixed (byte* bytes = jpeg)
            {
                using var bare = VipsImage.Load(ImageFormat.Jpeg, bytes, jpeg.Length, shrink)!;
                bare.CopyTo(target.Bytes, bare.Height, CancellationToken.None);
            }
        }
        void EmbedFloor()
        {
            for (var i = 0; i < (together ? 1 : faces * views); i++) bareEmbedder.Run();
        }
        void Whole() => WholeBy(analyzer);
        void WholeBy(FaceAnalyzer by)
        {
            var analysis = by.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.Recognize, default).GetAwaiter().GetResult().Value;
            gallery.Search([.. analysis.Faces.Select(f => f.Embedding!)], 2);
        }

        var times = Measure(TimeSpan.FromSeconds(12),
            () => ImageDecoder.Decode(jpeg, ImageDecoder.ReadHeader(jpeg).Value, FaceAnalyzer.FirstLook).Value.Dispose(), DecodeFloor,
            () => worker.Detector.Detect(View(image), worker.Faces), bareDetector.Run,
            () => worker.Embedder.Embed(View(image), transforms, embeddings, CancellationToken.None), EmbedFloor,
            () => Array.ForEach(transforms, t => FaceAligner.Warp(View(image), t, models.Embedder.Format, crop, mirror: false)),
            () => gallery.Search(embeddings, 2), () => Sum(rows, faces),
            () => WholeBy(onOneCore), Whole);
        target.Return();

        Row(name, "decode", times[0], times[1], "bare libvips load and copy");
        Row(name, "detect", times[2], times[3], "bare Run");
        Row(name, "align and embed", times[4], times[5], "bare Run");
        Row(name, "of which align", times[6], null, "");
        Row(name, "search", times[7], times[8], "plain sum over the same bytes");
        var floor = P(times[1], 50) + P(times[3], 50) + P(times[5], 50) + P(times[8], 50);
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | **whole frame** | {P(times[9], 50):0.00} | {P(times[9], 95):0.00} | {floor:0.00} " +
            $"| {P(times[9], 50) / floor:0.00} | sum of the floors above |");
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | the same, alone on {Environment.ProcessorCount} cores | {P(times[10], 50):0.00} | {P(times[10], 95):0.00} " +
            $"| {floor:0.00} | {P(times[10], 50) / floor:0.00} | the same |");

        for (var i = 0; i < 20; i++) Whole();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 50; i++) Whole();
        var allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / 50.0 / 1024;
        var threads = Environment.ProcessorCount;
        var alone = FramesPerSecond(1, () => WholeBy(onOneCore));
        var all = FramesPerSecond(threads, Whole);
        // Each core goes through the floors again and again; the clients wait for their turns at the gate.
        var (bare, clients) = (0.0, 0.0);
        for (var round = 0; round < 3; round++)
        {
            bare += FramesPerSecond(threads, BareLoop) / 3;
            clients += FramesPerSecond(Clients, Whole) / 3;
        }
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | whole frames | {alone:0.0}/s on 1 thread | {all:0.0}/s on {threads} | | {all / alone:0.00}× | {allocated:0.0} " +
            $"KB managed allocation a frame |");
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {Clients} clients | {clients:0.0}/s | | {bare:0.0}/s | {clients / bare:0.00} " +
            $"| the floors above in a loop on each of {threads} cores |");

        Action BareLoop()
        {
            var detector = BindFullLook(models.Detectors[0], image.Width, image.Height);
            var embedder = models.Embedder.Graph.Bind(together ? faces * views : 1, 3, 112, 112);
            var pixels = PixelBuffer.Rent(image.Width * image.Height * 3);
            return () =>
            {
                fixed (byte* bytes = jpeg)
                {
                    using var loaded = VipsImage.Load(ImageFormat.Jpeg, bytes, jpeg.Length, shrink)!;
                    loaded.CopyTo(pixels.Bytes, loaded.Height, CancellationToken.None);
                }
                detector.Run();
                for (var i = 0; i < (together ? 1 : faces * views); i++) embedder.Run();
                Sum(rows, faces);
            };
        }
    }

    /// <summary>The detector's input for one look at a whole picture, in the picture's own shape where the graph takes it.</summary>
    private static OrtModel.Binding BindFullLook(DetectorModel model, int width, int height)
    {
        if (!model.TakesAnySize) return model.Graph.Bind(1, 3, model.Side, model.Side);
        var scale = model.Side / (float)Math.Max(width, height);
        return model.Graph.Bind(1, 3, ToMultiple(height * scale), ToMultiple(width * scale));

        long ToMultiple(float length)
        {
            var multiple = model.Decoder.Multiple;
            return ((int)MathF.Round(length) + multiple - 1) / multiple * multiple;
        }
    }

    private void MeasureSearch()
    {
        _report.AppendLine(
            "| templates | ms p50 | ms p95 | plain sum p50 | share of the read's bandwidth | GB/s | all threads: ms p50 | share |")
            .AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var count in new[] { 1_000, 100_000, 1_000_000 })
        {
            const int Dimension = 128;
            var contract = new EmbeddingContractId("benchmark");
            var gallery = RandomGallery(contract, Dimension, count);
            var probe = Embedding.FromRaw(RandomRow(new Random(Seed), Dimension), contract);
            var rows = new float[(long)count * Dimension];
            Array.Fill(rows, 0.5f);
            var times = Measure(TimeSpan.FromSeconds(count > 100_000 ? 12 : 5),
                () => gallery.Search([probe], 2, threads: 1), () => Sum(rows, 1),
                () => gallery.Search(probe, 2), () => SumOnAllThreads(rows));
            double bytes = (double)count * Dimension * sizeof(float);
            _report.AppendLine(CultureInfo.InvariantCulture,
                $"| {count:N0} | {P(times[0], 50):0.000} | {P(times[0], 95):0.000} | {P(times[1], 50):0.000} " +
                $"| {P(times[1], 50) / P(times[0], 50):0%} | {bytes / P(times[0], 50) / 1e6:0.0} | {P(times[2], 50):0.000} " +
                $"| {P(times[3], 50) / P(times[2], 50):0%} |");
        }
        _report.AppendLine();
    }

    private static float Sum(float[] rows, int times)
    {
        var sum = 0f;
        for (var i = 0; i < times; i++) sum += TensorPrimitives.Sum<float>(rows);
        return sum;
    }

    private static void SumOnAllThreads(float[] rows)
    {
        var parts = Environment.ProcessorCount;
        Parallel.For(0, parts, p => TensorPrimitives.Sum(rows.AsSpan((int)((long)rows.Length * p / parts), rows.Length / parts)));
    }

    /// <summary>Runs the actions in turn, again and again, so that all share the machine's moods.</summary>
    /// <returns>Milliseconds of each run, by action.</returns>
    private static List<double>[] Measure(TimeSpan span, params Action[] actions)
    {
        foreach (var action in actions)
        {
            // Past the 30 calls after which the JIT recompiles.
            var warm = Stopwatch.StartNew();
            for (var i = 0; i < 60 && (i < 3 || warm.Elapsed < span / (actions.Length * 2)); i++) action();
        }
        var times = actions.Select(_ => new List<double>()).ToArray();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < span || times[0].Count < 5)
        {
            for (var a = 0; a < actions.Length; a++)
            {
                var start = Stopwatch.GetTimestamp();
                actions[a]();
                times[a].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        return times;
    }

    private static double FramesPerSecond(int threads, Action frame) => FramesPerSecond(threads, () => frame);

    private static double FramesPerSecond(int threads, Func<Action> frameOf)
    {
        var eachThread = Math.Max(10, 80 / threads);
        var frames = Enumerable.Range(0, threads).Select(_ => frameOf()).ToList();
        frames.ForEach(frame => frame());
        var clock = Stopwatch.StartNew();
        var running = frames.Select(frame => new Thread(() =>
        {
            for (var i = 0; i < eachThread; i++) frame();
        })).ToList();
        running.ForEach(t => t.Start());
        running.ForEach(t => t.Join());
        return threads * eachThread / clock.Elapsed.TotalSeconds;
    }

    private static double P(List<double> times, int percentile)
    {
        var sorted = times.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * percentile / 100.0)];
    }

    private void Row(string frame, string part, List<double> ours, List<double>? floor, string what)
    {
        double? least = floor is null ? null : P(floor, 50);
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {frame} | {part} | {P(ours, 50):0.000} | {P(ours, 95):0.000} | {least:0.000} | {P(ours, 50) / least:0.00} | {what} |");
    }

    private static RgbView View(DecodedImage image) => new(image.Rgb, image.Width, image.Height);

    /// <summary>640×480 with the first person of the folder, as JPEG.</summary>
    public static byte[] TypicalFrame(string facesFolder) => Frame(640, 480, [ImageCanvas.Open(File.ReadAllBytes(
        Directory.GetFiles(Directory.GetDirectories(Path.Combine(facesFolder, "lfw")).Order(StringComparer.Ordinal).First())
            .Order(StringComparer.Ordinal).First())).Value], 480);

    /// <summary>A grey frame with the people side by side, each picture stretched to a square of that side.</summary>
    private static byte[] Frame(int width, int height, ImageCanvas[] people, int side)
    {
        var rgb = new byte[width * height * 3];
        Array.Fill(rgb, (byte)120);
        for (var p = 0; p < people.Length; p++)
        {
            int left = ((width - (people.Length * side)) / 2) + (p * side), top = (height - side) / 2;
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    var person = people[p];
                    var from = (((y * person.Height / side) * person.Width) + (x * person.Width / side)) * 3;
                    person.Rgb.Slice(from, 3).CopyTo(rgb.AsSpan((((top + y) * width) + left + x) * 3));
                }
            }
        }
        return ImageCanvas.FromRgb(width, height, rgb).Encode(".jpg");
    }

    public static GallerySnapshot RandomGallery(EmbeddingContractId contract, int dimension, int count)
    {
        var random = new Random(Seed);
        var gallery = GallerySnapshot.Empty(contract, dimension).Change();
        for (var start = 0; start < count; start += 10_000)
        {
            gallery.Add([.. Enumerable.Range(start, Math.Min(10_000, count - start)).Select(i => new GalleryEntry(
                TemplateId.New(), new StudentId($"s{i}"), Embedding.FromRaw(RandomRow(random, dimension), contract).Values.ToArray()))]);
        }
        return gallery.ToSnapshot();
    }

    private static float[] RandomRow(Random random, int dimension)
    {
        var row = new float[dimension];
        for (var i = 0; i < dimension; i++) row[i] = random.NextSingle() - 0.5f;
        return row;
    }
}
