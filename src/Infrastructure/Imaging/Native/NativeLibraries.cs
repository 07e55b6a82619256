using System.Reflection;
using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>
/// A native engine is not beside the program, cannot be loaded, or does not exist for this platform. Ends the start-up; the message says
/// what to do.
/// </summary>
public sealed class NativeLibraryMissingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Finds and loads the native engines, each once per process. ONNX Runtime and libvips come with their NuGet packages and are looked for
/// where the build has put them and nowhere else, so that the loaded code never depends on the machine's library path. libheif alone is the
/// operating system's, and may be missing. Thread-safe.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The name under which <c>LibraryImport</c> of this assembly knows libvips.</summary>
    public const string Vips = "vips";

    /// <summary>The name under which <c>LibraryImport</c> of this assembly knows libheif.</summary>
    public const string Heif = "heif";

    private const string HeifFile = "libheif.so.1";

    private static readonly Lazy<nint> OnnxRuntimeHandle = new(() => Load(NativeLibraryFile.OnnxRuntime));
    private static readonly Lazy<nint> VipsHandle = new(() => Load(NativeLibraryFile.Vips));
    private static readonly Lazy<nint> HeifHandle = new(() => NativeLibrary.TryLoad(HeifFile, out var handle) ? handle : 0);

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
        Heif => HeifHandle.Value,
        _ => 0, // Not ours: the runtime's own search goes on.
    };

    private static nint Load(NativeLibraryFile library)
    {
        // What the program's .deps.json names for this platform, and the program's own folder.
        var folders = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var file = Find(library, [.. folders, AppContext.BaseDirectory]);
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeLibraryMissingException(
                $"{library.DisplayName} was found at {file} but cannot be loaded: {e.Message} {Remedy}", e);
        }
    }

    /// <summary>The library's file in the first folder that holds it.</summary>
    /// <exception cref="NativeLibraryMissingException">None does.</exception>
    internal static string Find(NativeLibraryFile library, IReadOnlyCollection<string> folders) =>
        folders.Select(folder => Path.Combine(folder, library.FileName)).FirstOrDefault(File.Exists)
        ?? throw new NativeLibraryMissingException(
            $"{library.DisplayName} ({library.FileName}) was not found. Looked in: {string.Join("; ", folders)}. {Remedy}");

    private static string Remedy =>
        $"This is {RuntimeInformation.RuntimeIdentifier}; the engines exist for linux-x64 and linux-arm64 with glibc (Debian or Ubuntu, " +
        "not " +
        "Alpine). Build on the machine that it is to run on, or publish for it: dotnet publish -r linux-x64.";
}

/// <summary>A native engine: its name for people, and its file's.</summary>
internal sealed record NativeLibraryFile(string DisplayName, string FileName)
{
    public static readonly NativeLibraryFile OnnxRuntime = new("ONNX Runtime", "libonnxruntime.so");

    public static readonly NativeLibraryFile Vips = new("libvips", "libvips.so.42");
}
