using FaceAttendance.Application;
using FaceAttendance.Infrastructure.Imaging.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Whether what pictures are looked at with is here, for whoever asks without starting a server.</summary>
public static class Engines
{
    /// <summary>Whether this machine reads HEIC, which the server does without where it cannot.</summary>
    public static bool ReadsHeic => HeicFile.IsReadable;

    /// <returns>The engines and their versions.</returns>
    /// <exception cref="NativeLibraryMissingException">One is missing, too old or cannot be loaded.</exception>
    public static string Load()
    {
        VipsRuntime.Start();
        return $"ONNX Runtime {OrtModel.RuntimeVersion}, libvips {VipsRuntime.Version}";
    }

    /// <returns>The profile whose weights are here and whole, and whether it stands in for the one that should be.</returns>
    /// <exception cref="StartupException">Weights are missing, corrupted, or their terms were not accepted.</exception>
    public static (string Profile, bool IsStandIn) CheckModels(InferenceOptions options)
    {
        var profile = ModelStore.Open(options).Resolve(options.Profile, NullLogger.Instance).Name;
        return (profile, string.IsNullOrEmpty(options.Profile) && profile == ModelStore.Starter);
    }
}
