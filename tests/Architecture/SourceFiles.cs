namespace FaceAttendance.Architecture.Tests;

/// <summary>The project's own sources, for rules that reflection cannot see.</summary>
internal static class SourceFiles
{
    private static readonly string[] Made = ["bin", "obj", "node_modules", ".data", ".git", "TestResults", "StrykerOutput", "wwwroot"];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<(string Path, string Text)> Of(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(p => !p.Contains("/obj/", StringComparison.Ordinal) && !p.Contains("/bin/", StringComparison.Ordinal))
            .Select(p => (Path.GetRelativePath(Root, p), File.ReadAllText(p)));

    /// <summary>The tests that Node.js runs.</summary>
    public static IEnumerable<(string Path, string Text)> Scripts(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.mjs", SearchOption.AllDirectories)
            .Select(p => (Path.GetRelativePath(Root, p), File.ReadAllText(p)));

    /// <summary>What is written by hand, of the whole project: no build's, no tool's and no machine's own.</summary>
    /// <param name="endings">Of the files' names.</param>
    public static IEnumerable<(string Path, string Text)> Tracked(params string[] endings) =>
        Directory.EnumerateFiles(
            Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(p => Path.GetRelativePath(Root, p))
            .Where(p => endings.Any(e => p.EndsWith(e, StringComparison.Ordinal)) && !p.Split('/').Any(Made.Contains))
            .Select(p => (p, File.ReadAllText(Path.Combine(Root, p))));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceAttendance.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("FaceAttendance.sln is in no folder above the tests.");
    }
}
