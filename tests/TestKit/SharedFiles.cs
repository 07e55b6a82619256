using NUnit.Framework;

namespace FaceAttendance.TestKit;

/// <summary>
/// Weights, pictures and reference values that are no part of the repository: the folder <c>shared</c> beside the project, or
/// FACE_SHARED_DIR. Where it is absent, tests that need it are skipped by name; where it is there, what a test needs must be in it.
/// </summary>
public static class SharedFiles
{
    /// <summary>The folder that holds the solution.</summary>
    public static string ProjectRoot { get; } = FindProjectRoot();

    private static readonly string Root =
        Environment.GetEnvironmentVariable("FACE_SHARED_DIR") is { Length: > 0 } given ? given
            : Path.GetFullPath(Path.Combine(ProjectRoot, "..", "shared"));

    public static bool Present => Directory.Exists(Root);

    /// <summary>The full path of a file or folder below shared; skips the test without shared and fails it when only the path is
    /// missing.</summary>
    public static string Require(string path)
    {
        if (!Present) Assert.Ignore($"needs ../shared/{path}");
        var full = Path.Combine(Root, path);
        Assert.That(File.Exists(full) || Directory.Exists(full), $"../shared is there, but not {path}");
        return full;
    }

    private static string FindProjectRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceAttendance.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("FaceAttendance.sln is in no folder above the tests.");
    }
}
