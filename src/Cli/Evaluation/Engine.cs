using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Imaging.Native;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>A picture as the models saw it.</summary>
/// <param name="Error">Why it is no picture; null where it is one.</param>
/// <param name="Frame">Null where there is an error.</param>
internal sealed record SeenPicture(string? Error, FrameAnalysis? Frame);

/// <summary>The server's own models and their order of work, in this process. Pictures that were seen before come from a cache.</summary>
internal sealed class Engine : IDisposable
{
    private static readonly StudentId Somebody = new("evaluation");

    private readonly FaceModels _models;
    private readonly Screen _screen;

    private Engine(FaceModels models, FaceAnalyzer analyzer, EmbedderEntry embedder, ModelStore store, Screen screen) =>
        (_models, Analyzer, Embedder, EmbedderName, ManifestPath, _screen) =
        (models, analyzer, embedder, store.Manifest.Profiles[models.Profile].Embedder, store.ManifestPath, screen);

    public FaceAnalyzer Analyzer { get; }

    public EmbedderEntry Embedder { get; }

    /// <summary>In the manifest.</summary>
    public string EmbedderName { get; }

    public string ManifestPath { get; }

    public string Profile => _models.Profile;

    /// <summary>What pictures must share to be read from a cache: everything between a picture's bytes and its embeddings.</summary>
    public string Contract
    {
        get
        {
            var parts = _models.Detectors.Select(d => $"{d.Entry.Sha256} {d.Entry.Confidence} {d.Entry.Overlap} {d.GlanceSide}")
                .Append($"{Embedder.Contract} {Embedder.Align}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
        }
    }

    /// <exception cref="CommandFailedException">The profile's weights or the native engines cannot be used.</exception>
    public static Engine Open(CommandContext context, string? profile, int workers)
    {
        var environment = context.Environment;
        var options = new InferenceOptions
        {
            Profile = profile ?? environment("FACE_PROFILE"),
            ModelsDirectory = environment("FACE_MODELS_DIR"),
            AcceptNonCommercial = bool.TryParse(environment("FACE_ACCEPT_NONCOMMERCIAL"), out var accepts) && accepts,
            Workers = workers,
            // As many pictures are on their way as there are workers, so that none ever waits long; but a slow machine is no failure.
            MaxQueueWait = TimeSpan.FromMinutes(1),
        };
        try
        {
            var store = ModelStore.Open(options);
            var resolved = store.Resolve(options.Profile, NullLogger.Instance);
            var models = FaceModels.Load(resolved);
            return new(models, new FaceAnalyzer(models, options, new ServerCaller()), resolved.Embedder.Entry, store, context.Screen);
        }
        catch (Exception e) when (e is StartupException or NativeLibraryMissingException)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    /// <summary>Looks at every picture, as many at once as there are workers.</summary>
    /// <param name="cacheFile">Keeps what was seen from run to run; null keeps nothing.</param>
    /// <returns>By the file's path as given.</returns>
    /// <exception cref="CommandFailedException">The cache cannot be used.</exception>
    public async Task<IReadOnlyDictionary<string, SeenPicture>> SeeAsync(
        IReadOnlyCollection<string> files, string? cacheFile, CancellationToken ct)
    {
        using var cache = SeenCache.Open(cacheFile, Contract, Embedder);
        var seen = new Dictionary<string, SeenPicture>(StringComparer.Ordinal);
        var done = 0;
        await Parallel.ForEachAsync(
            files, new ParallelOptions { MaxDegreeOfParallelism = Analyzer.WorkerCount, CancellationToken = ct }, async (file, c) =>
        {
            var picture = await SeeAsync(file, cache, c);
            lock (seen)
            {
                seen[file] = picture;
                if (++done % 20 == 0 || done == files.Count)
                    _screen.Progress(string.Create(CultureInfo.InvariantCulture, $"{done} of {files.Count} pictures"));
            }
        });
        _screen.Progress("");
        return seen;
    }

    /// <returns>The picture as a liveness session has it; null where it is none.</returns>
    public async Task<LivenessFrame?> LookAsync(string file, LivenessLook look, CancellationToken ct)
    {
        try
        {
            var seen = await Analyzer.AnalyzeLivenessAsync(SchoolId.First, Somebody, await File.ReadAllBytesAsync(file, ct), look, ct);
            return seen.IsSuccess ? seen.Value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        Analyzer.Dispose();
        _models.Dispose();
    }

    private async Task<SeenPicture> SeeAsync(string file, SeenCache cache, CancellationToken ct)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(file, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("unreadable", null);
        }
        var digest = SHA256.HashData(bytes);
        if (cache.Find(digest) is { } known) return known;
        var analysis = await Analyzer.AnalyzeAsync(SchoolId.First, bytes, FramePurpose.Measure, ct);
        var picture = analysis.Error is { } error ? new SeenPicture(error.Code, null) : new(null, analysis.Value);
        cache.Add(digest, picture);
        return picture;
    }
}
