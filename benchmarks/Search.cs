using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// A school of a million, searched for one face and for 32 at once, beside FAISS's flat index and the bare reading of as many bytes, by
/// turns in one run; and whether the answers are those that reading all the floats gives. Rows and probes are faces: those of the pictures,
/// and others around them.
/// </summary>
internal sealed class Search
{
    private const int Seed = 20_260_101;
    private const int Rows = 1_000_000;
    private const int Together = 32;
    private const int Rounds = 9;
    private const int RoundsTogether = 3;

    // Of the comparison with the floats: so many probes of the whole gallery would take hours.
    private const int Probes = 10_000;
    private const int FewRows = 20_000;
    private const int FewProbes = 64;

    private static readonly string[] Folders = ["lfw", "lfw-school"];

    private readonly Random _random = new(Seed);
    private readonly EmbeddingContractId _contract = new("bench");
    private readonly List<float[]> _faces;

    private Search(List<float[]> faces) => _faces = faces;

    /// <param name="python">Debian's, which has its python3-faiss.</param>
    public static int Run(string facesFolder, string python, string script)
    {
        var faces = EmbedAll(facesFolder);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Rows:N0} templates | ours, ms | FAISS flat, ms | FAISS ÷ ours | reading the bytes alone, ms | ours ÷ that |"));
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        var notes = new List<string>();
        foreach (var dimension in new[] { faces[0].Length, 512 })
            new Search(dimension == faces[0].Length ? faces : Turned(faces, dimension)).Measure(python, script, notes);
        Console.WriteLine();
        Console.WriteLine("| values | faces answered as all floats answer, to the last bit | bytes a template | beside |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var note in notes) Console.WriteLine(note);
        Console.WriteLine();
        return 0;
    }

    private void Measure(string python, string script, List<string> notes)
    {
        var dimension = _faces[0].Length;
        using var faiss = Process.Start(new ProcessStartInfo(python, [script, $"{Rows}", $"{dimension}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var gallery = Gallery(Rows);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Rows;
        var version = faiss.StandardOutput.ReadLine() ?? throw new InvalidOperationException("FAISS does not start.");
        var bytes = new byte[(long)Rows * dimension];
        // Pages that nobody wrote to would all be one.
        _random.NextBytes(bytes);
        var all = Environment.ProcessorCount;
        foreach (var (count, threads) in new[] { (1, 1), (1, all), (Together, 1), (Together, all) })
        {
            List<double> ours = [], theirs = [], floor = [];
            // Which is quicker depends on the BLAS that is installed.
            var way = count > 1 && Ask(faiss, count, threads, "blas") < Ask(faiss, count, threads, "loops") ? "blas" : "loops";
            for (var round = 0; round < (count == 1 ? Rounds : RoundsTogether); round++)
            {
                Embedding[] probes = [.. Enumerable.Range(0, count).Select(_ => Probe(0.5f, 0.9f))];
                ours.Add(Time(() => gallery.Search(probes, 2, threads)));
                theirs.Add(Ask(faiss, count, threads, way));
                floor.Add(Time(() => Read(bytes, threads)));
            }
            var what = (count == 1 ? "one face" : $"{count} faces") + (threads == 1 ? ", one core" : $", {threads} cores");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {dimension} values, {what} | {Median(ours):0.0} | {Median(theirs):0.0}{(way == "blas" ? " (BLAS)" : "")} | " +
                $"{Median(theirs) / Median(ours):0.0} | {Median(floor):0.0} | {Median(ours) / Median(floor):0.00} |"));
        }
        faiss.StandardInput.Close();
        faiss.WaitForExit();
        var few = Gallery(FewRows);
        var same = Same(few, Probes, () => Probe(0.7f, 1f)) + Same(gallery, FewProbes, () => Probe(0.7f, 1f));
        notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"| {dimension} | {same:N0} of {Probes + FewProbes:N0} ({Probes:N0} in {FewRows:N0} templates, {FewProbes} in {Rows:N0}) | " +
            $"{each:0} | {version} |"));
    }

    /// <summary>The two nearest, by bytes first and by the floats alone.</summary>
    private static int Same(GallerySnapshot gallery, int count, Func<Embedding> next)
    {
        var same = 0;
        Parallel.ForEach(Enumerable.Range(0, count).Select(_ => next()).Chunk(Together).ToList(), probes =>
        {
            var found = gallery.Search(probes, 2, threads: 1);
            for (var i = 0; i < probes.Length; i++)
            {
                if (found[i].SequenceEqual(gallery.SearchByFloats(probes[i], 2))) Interlocked.Increment(ref same);
            }
        });
        return same;
    }

    /// <summary>Students of one template each: the faces themselves, and around each as many others as it takes, as like it as siblings and
    /// further photos are.</summary>
    private GallerySnapshot Gallery(int count)
    {
        var gallery = GallerySnapshot.Empty(_contract, _faces[0].Length).Change();
        foreach (var some in Enumerable.Range(0, count).Chunk(10_000))
        {
            gallery.Add([.. some.Select(i => new GalleryEntry(
                TemplateId.New(), new StudentId($"s{i}"), i < _faces.Count ? _faces[i] : Near(_faces[i % _faces.Count], 0.3f, 0.95f)))]);
        }
        return gallery.ToSnapshot();
    }

    private Embedding Probe(float least, float most) => Embedding.FromRaw(Near(_faces[_random.Next(_faces.Count)], least, most), _contract);

    /// <returns>A direction whose similarity to the face is drawn from between the two.</returns>
    private float[] Near(float[] face, float least, float most)
    {
        var near = new float[face.Length];
        for (var i = 0; i < near.Length; i++) near[i] = _random.NextSingle() - 0.5f;
        // What of it lies along the face is taken out; the rest is as long as the similarity leaves.
        TensorPrimitives.MultiplyAdd(face, -TensorPrimitives.Dot<float>(near, face), near, near);
        var similarity = least + ((most - least) * _random.NextSingle());
        TensorPrimitives.Multiply(near, MathF.Sqrt(1 - (similarity * similarity)) / TensorPrimitives.Norm<float>(near), near);
        TensorPrimitives.MultiplyAdd(face, similarity, near, near);
        return near;
    }

    /// <summary>The same faces with more values: turned into a larger space, in which they are as like each other as before.</summary>
    private static List<float[]> Turned(List<float[]> faces, int dimension)
    {
        var random = new Random(Seed);
        var axes = new float[faces[0].Length][];
        for (var a = 0; a < axes.Length; a++)
        {
            var axis = axes[a] = [.. Enumerable.Range(0, dimension).Select(_ => random.NextSingle() - 0.5f)];
            for (var b = 0; b < a; b++) TensorPrimitives.MultiplyAdd(axes[b], -TensorPrimitives.Dot<float>(axis, axes[b]), axis, axis);
            TensorPrimitives.Divide(axis, TensorPrimitives.Norm<float>(axis), axis);
        }
        return [.. faces.Select(face =>
        {
            var turned = new float[dimension];
            for (var a = 0; a < axes.Length; a++) TensorPrimitives.MultiplyAdd(axes[a], face[a], turned, turned);
            return turned;
        })];
    }

    private static List<float[]> EmbedAll(string facesFolder)
    {
        var options = new InferenceOptions { Profile = "standard", AcceptNonCommercial = true };
        using var models = FaceModels.Load(ModelStore.Open(options).Resolve(options.Profile, NullLogger.Instance));
        using var analyzer = new FaceAnalyzer(models, options, new ServerCaller());
        analyzer.WarmUp();
        var found = new ConcurrentDictionary<string, float[]>();
        var pictures = Folders.SelectMany(
            name => Directory.GetFiles(Path.Combine(facesFolder, name), "*.jpg", SearchOption.AllDirectories));
        Parallel.ForEach(pictures, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, picture =>
        {
            var seen = analyzer.AnalyzeAsync(SchoolId.First, File.ReadAllBytes(picture), FramePurpose.EnrollCentral, default)
                .GetAwaiter().GetResult();
            if (seen.IsSuccess && seen.Value.Faces.FirstOrDefault(f => f.Embedding is not null)?.Embedding is { } embedding)
                found[picture] = embedding.Values.ToArray();
        });
        return [.. found.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value)];
    }

    private static double Ask(Process faiss, int count, int threads, string way)
    {
        faiss.StandardInput.WriteLine($"{count} {threads} {way}");
        faiss.StandardInput.Flush();
        return 1000 * double.Parse(faiss.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    private static double Time(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Read(byte[] bytes, int threads)
    {
        var vectors = bytes.Length / Vector<ulong>.Count / sizeof(ulong);
        Parallel.For(0, threads, new() { MaxDegreeOfParallelism = threads }, part =>
        {
            Vector<ulong> a = default, b = default;
            var (from, to) = ((int)((long)vectors * part / threads), (int)((long)vectors * (part + 1) / threads));
            var own = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes)[from..to];
            for (var i = 0; i + 1 < own.Length; i += 2) (a, b) = (a + own[i], b ^ own[i + 1]);
            if ((a + b)[0] == ulong.MaxValue) throw new InvalidOperationException();
        });
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
