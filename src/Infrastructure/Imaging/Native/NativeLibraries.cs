using System.Reflection;
using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>
/// A native engine is not installed, cannot be loaded, or does not exist for this platform. Ends the start-up; the message says what to do.
/// </summary>
public sealed class NativeLibraryMissingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Finds and loads the two native engines, ONNX Runtime and libvips, each once per process. Looks, in this order, in the folder that the
/// environment variable FACE_NATIVE_DIR names (the .so files side by side), in <c>native/</c> beside the program, and in the nearest
/// <c>node_modules</c> above the program; nowhere else, so that the loaded code never depends on the machine's library path. libheif alone is the
/// operating system's, and may be missing. Thread-safe.
/// </summary>
internal static class NativeLibraries
{
    public const string DirectoryVariable = "FACE_NATIVE_DIR";

    /// <summary>The name under which <c>LibraryImport</c> of this assembly knows libvips.</summary>
    public const string Vips = "vips";

    /// <summary>The name under which <c>LibraryImport</c> of this assembly knows ONNX Runtime.</summary>
    public const string OnnxRuntime = "onnxruntime";

    /// <summary>The name under which <c>LibraryImport</c> of this assembly knows libheif.</summary>
    public const string Heif = "heif";

    private const string HeifFile = "libheif.so.1";

    private static readonly Lazy<nint> OnnxRuntimeHandle = new(() => Load(NativeLibraryFile.OnnxRuntime));
    private static readonly Lazy<nint> VipsHandle = new(() => Load(NativeLibraryFile.Vips));

    private static readonly Lazy<nint> HeifHandle = new(() => NativeLibrary.TryLoad(HeifFile, out var handle) ? handle : 0);

    // An assembly takes one resolver, so it is set where both engines meet.
    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <returns>The module handle of ONNX Runtime, loaded on the first call and never unloaded.</returns>
    /// <exception cref="NativeLibraryMissingException">It is not there, or not for this platform.</exception>
    public static nint LoadOnnxRuntime() => OnnxRuntimeHandle.Value;

    /// <returns>The module handle of libvips, loaded on the first call and never unloaded.</returns>
    /// <exception cref="NativeLibraryMissingException">It is not there, or not for this platform.</exception>
    public static nint LoadVips() => VipsHandle.Value;

    /// <returns>Whether the operating system has libheif.</returns>
    public static bool TryLoadHeif() => HeifHandle.Value != 0;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Vips => LoadVips(),
        OnnxRuntime => LoadOnnxRuntime(),
        Heif => HeifHandle.Value,
        _ => 0, // Not ours: the runtime's own search goes on.
    };

    private static nint Load(NativeLibraryFile library)
    {
        var platform = NativePlatform.Current();
        var file = Find(library, platform, Environment.GetEnvironmentVariable(DirectoryVariable), AppContext.BaseDirectory);
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeLibraryMissingException(
                $"{library.DisplayName} was found at {file} but cannot be loaded on {platform.Name}: {e.Message} {Remedy}", e);
        }
    }

    /// <summary>The library's file in the first documented place that holds it.</summary>
    /// <param name="configuredDirectory">The value of FACE_NATIVE_DIR; null or empty when it is not set.</param>
    /// <param name="baseDirectory">The program's own folder.</param>
    /// <exception cref="NativeLibraryMissingException">No place holds it, or FACE_NATIVE_DIR names no folder.</exception>
    internal static string Find(NativeLibraryFile library, NativePlatform platform, string? configuredDirectory, string baseDirectory)
    {
        var looked = new List<string>();
        if (!string.IsNullOrEmpty(configuredDirectory))
        {
            // A misspelt setting is said rather than passed over; a folder that holds only the other engine is fine.
            if (!Directory.Exists(configuredDirectory))
            {
                throw new NativeLibraryMissingException(
                    $"{DirectoryVariable} names the folder {configuredDirectory}, which does not exist. Correct it or unset it.");
            }
            if (Newest(configuredDirectory, library.FilePattern, looked) is { } configured) return configured;
        }

        if (Newest(Path.Combine(baseDirectory, "native"), library.FilePattern, looked) is { } beside) return beside;

        if (NearestNodeModules(baseDirectory) is { } modules)
        {
            var folder = Path.Combine(modules, library.PackageFolder(platform));
            if (Newest(folder, library.FilePattern, looked) is { } packaged) return packaged;
        }
        else
        {
            looked.Add($"node_modules in {baseDirectory} or any folder above it (there is none)");
        }

        throw new NativeLibraryMissingException(
            $"{library.DisplayName} ({library.FilePattern}) was not found. Looked for: {string.Join("; ", looked)}. {Remedy}");
    }

    private const string Remedy =
        "Run `npm ci` in the project folder, or set " + DirectoryVariable +
        " to a folder that holds libonnxruntime.so.1 and libvips-cpp.so.* for this platform.";

    private static string? Newest(string folder, string pattern, List<string> looked)
    {
        looked.Add(Path.Combine(folder, pattern));
        if (!Directory.Exists(folder)) return null;

        return Directory.EnumerateFiles(folder, pattern)
            .OrderByDescending(VersionOf).ThenByDescending(f => f, StringComparer.Ordinal).FirstOrDefault();
    }

    private static Version VersionOf(string file)
    {
        var after = file.LastIndexOf(".so.", StringComparison.Ordinal) + ".so.".Length;
        return Version.TryParse(file[after..], out var version) ? version : new Version(0, 0);
    }

    private static string? NearestNodeModules(string baseDirectory)
    {
        for (var folder = new DirectoryInfo(baseDirectory); folder is not null; folder = folder.Parent)
        {
            var modules = Path.Combine(folder.FullName, "node_modules");
            if (Directory.Exists(modules)) return modules;
        }
        return null;
    }
}

/// <summary>
/// Names of one native engine: for people, of its file, and of its place in the npm packages that package-lock.json pins.
/// </summary>
internal sealed record NativeLibraryFile(string DisplayName, string FilePattern, Func<NativePlatform, string> PackageFolder)
{
    public static readonly NativeLibraryFile OnnxRuntime = new(
        "ONNX Runtime", "libonnxruntime.so.1", p => Path.Combine("onnxruntime-node", "bin", "napi-v6", "linux", p.Architecture));

    public static readonly NativeLibraryFile Vips = new(
        "libvips", "libvips-cpp.so.*", p => Path.Combine("@img", $"sharp-libvips-linux-{p.Architecture}", "lib"));
}

/// <summary>A platform whose native engines package-lock.json names.</summary>
internal sealed record NativePlatform(string Name, string Architecture)
{
    public static NativePlatform Current() =>
        From(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture, RuntimeInformation.RuntimeIdentifier);

    /// <param name="runtimeIdentifier">
    /// .NET's own name of the platform. Only good for telling musl apart: a runtime built by a distribution says <c>ubuntu.24.04-x64</c>
    /// where Microsoft's says <c>linux-x64</c>.
    /// </param>
    /// <exception cref="NativeLibraryMissingException">Any platform but Linux with glibc on x64 or arm64.</exception>
    public static NativePlatform From(bool isLinux, Architecture architecture, string runtimeIdentifier)
    {
        var isMusl = runtimeIdentifier.Contains("musl", StringComparison.Ordinal)
            || runtimeIdentifier.StartsWith("alpine", StringComparison.Ordinal);
        return (isLinux && !isMusl, architecture) switch
        {
            (true, System.Runtime.InteropServices.Architecture.X64) => new("linux-x64", "x64"),
            (true, System.Runtime.InteropServices.Architecture.Arm64) => new("linux-arm64", "arm64"),
            _ => throw new NativeLibraryMissingException(
                "FaceAttendance's native engines exist for linux-x64 and linux-arm64 with glibc; " +
                $"this is {runtimeIdentifier} on {architecture}. Use a Debian or Ubuntu machine or container image " +
                "(not Alpine, whose musl is not supported)."),
        };
    }
}
