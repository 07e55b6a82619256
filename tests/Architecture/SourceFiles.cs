namespace FaceAttendance.Architecture.Tests;

/// <summary>The project's own sources, for rules that reflection cannot see.</summary>
internal static class SourceFiles
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<(string Path, string Text)> Of(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(p => !p.Contains("/obj/", StringComparison.Ordinal) && !p.Contains("/bin/", StringComparison.Ordinal))
            .Select(p => (Path.GetRelativePath(Root, p), File.ReadAllText(p)));

    /// <summary>The tests that Node.js runs.</summary>
    public static IEnumerable<(string Path, string Text)> Scripts(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.mjs", SearchOption.AllDirectories)
            .Select(p => (Path.GetRelativePath(Root, p), File.ReadAllText(p)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceAttendance.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("FaceAttendance.sln is in no folder above the tests.");
    }
}
