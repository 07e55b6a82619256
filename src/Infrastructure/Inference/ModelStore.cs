using System.Security.Cryptography;
using FaceAttendance.Application;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Finds a profile's weights, checks their digests and terms, and says which profile it came to be.</summary>
internal sealed partial class ModelStore
{
    /// <summary>The profile that is in the repository, for whoever has no other.</summary>
    public const string Starter = "starter";

    private const string Standard = "standard";


    private readonly string[] _folders;
    private readonly bool _acceptNonCommercial;

    private ModelStore(string manifest, string[] folders, bool acceptNonCommercial) =>
        (ManifestPath, Manifest, _folders, _acceptNonCommercial) = (manifest, ModelManifest.Load(manifest), folders, acceptNonCommercial);

    public string ManifestPath { get; }

    public ModelManifest Manifest { get; }

    /// <summary>
    /// Looks in FACE_MODELS_DIR, onnx-models/ of the project or beside the program, a sibling ../shared/models, and NuGet packages that are
    /// installed.
    /// </summary>
    /// <exception cref="StartupException">No manifest, or FACE_MODELS_DIR is no folder.</exception>
    public static ModelStore Open(InferenceOptions options)
    {
        if (options.ModelsDirectory is { Length: > 0 } given && !Directory.Exists(given))
            throw new StartupException($"FACE_MODELS_DIR is '{given}', which is no folder.");
        var home = FindHome() ?? throw new StartupException(
            "onnx-models/manifest.json was not found in the program's folder or any folder above it; run the server from a complete " +
            "checkout or installation.");
        var project = Path.GetDirectoryName(home)!;
        string?[] folders = [options.ModelsDirectory, home, Path.GetFullPath(Path.Combine(project, "..", "shared", "models"))];
        return new(
            Path.Combine(home, "manifest.json"), [.. folders.OfType<string>().Where(f => f.Length > 0 && Directory.Exists(f))],
            options.AcceptNonCommercial);
    }

    /// <summary>The profile asked for, or the best of those whose files are all here.</summary>
    /// <exception cref="StartupException">The profile is unknown, incomplete or corrupted, or its terms were not accepted.</exception>
    public ResolvedProfile Resolve(string? name, ILogger logger)
    {
        if (string.IsNullOrEmpty(name))
        {
            name = Manifest.Profiles[Standard].Models.All(m => Find(Manifest.Models[m]) is not null) ? Standard : Starter;
            if (name == Starter) Log.UsesStarter(logger);
        }
        if (!Manifest.Profiles.TryGetValue(name, out var profile))
            throw new StartupException($"FACE_PROFILE is '{name}'; the manifest knows {string.Join(", ", Manifest.Profiles.Keys)}.");
        return new ResolvedProfile(
            name, [.. profile.Detectors.Select(d => Verify<DetectorEntry>(d))], Verify<EmbedderEntry>(profile.Embedder),
            Verify<LandmarksEntry>(profile.Landmarks), [.. profile.HeadPose.Select(p => Verify<HeadPoseEntry>(p))],
            [.. profile.AntiSpoof.Select(a => Verify<AntiSpoofEntry>(a))]);
    }

    private static string? FindHome()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "onnx-models");
            if (File.Exists(Path.Combine(candidate, "manifest.json"))) return candidate;
        }
        return null;
    }

    private string? Find(ModelEntry entry) =>
        _folders.Select(f => Path.Combine(f, entry.File))
            .FirstOrDefault(File.Exists) ?? (entry.Package is { } package ? FindInPackage(package, entry.File) : null);

    /// <summary>
    /// The newest version's file. Where a package keeps it is its makers' affair; the digest says whether it is the right one.
    /// </summary>
    private static string? FindInPackage(string package, string file)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // NuGet's folders are lower-case, whatever the package's name.
        var folder = new DirectoryInfo(Path.Combine(cache, package.ToLowerInvariant()));
        return folder.Exists
            ? folder.EnumerateFiles(Path.GetFileName(file), SearchOption.AllDirectories)
                .MaxBy(f => f.FullName, StringComparer.Ordinal)?.FullName
            : null;
    }

    private ModelFile<T> Verify<T>(string name) where T : ModelEntry
    {
        if (!Manifest.Models.TryGetValue(name, out var entry) || entry is not T wanted)
            throw new StartupException($"The manifest's profile names '{name}', which is no {typeof(T).Name} of the manifest.");
        if (!entry.Commercial && !_acceptNonCommercial)
        {
            throw new StartupException(
                $"The weights '{name}' ({entry.Licence}) exclude commercial use; set FACE_ACCEPT_NONCOMMERCIAL=true if your use is " +
                "within their terms, or choose another FACE_PROFILE.");
        }
        var path = Find(entry) ?? throw new StartupException(
            $"The weights {entry.File} of '{name}' were not found in {string.Join(", ", _folders)}; run onnx-models/fetch-and-verify.sh, " +
            (entry.Package is { } package ? $"install the NuGet package {package}, " : "") +
            "set FACE_MODELS_DIR, or set FACE_PROFILE=starter.");
        using var stream = File.OpenRead(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (digest != entry.Sha256)
        {
            throw new StartupException(
                $"The weights {path} have the SHA-256 {digest} where the manifest says {entry.Sha256}: corrupted or another file. Delete " +
                "it and run onnx-models/fetch-and-verify.sh.");
        }
        return new(name, path, wanted);
    }

    private static partial class Log
    {
        [LoggerMessage(1190, LogLevel.Warning,
            "The standard weights were not found, so the starter weights are used: fit for trying things out and for small groups, not " +
            "for unattended attendance. Run onnx-models/fetch-and-verify.sh to get the standard ones.")]
        public static partial void UsesStarter(ILogger logger);
    }
}

/// <summary>A profile whose files are here and whole.</summary>
internal sealed record ResolvedProfile(
    string Name, IReadOnlyList<ModelFile<DetectorEntry>> Detectors, ModelFile<EmbedderEntry> Embedder, ModelFile<LandmarksEntry> Landmarks,
    IReadOnlyList<ModelFile<HeadPoseEntry>> HeadPose, IReadOnlyList<ModelFile<AntiSpoofEntry>> AntiSpoof);

/// <summary>A verified weight file.</summary>
internal sealed record ModelFile<T>(string Name, string Path, T Entry) where T : ModelEntry;
