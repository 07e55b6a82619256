using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

/// <summary>A reader finds a type where its namespace says, and reads it without scrolling sideways.</summary>
public sealed partial class SourceLayoutTests
{
    private const int Columns = 140;

    private static readonly string[] Folders = ["src", "tests", "benchmarks", "deploy"];

    [Test]
    public void Lines_OfSources_EndAtTheColumnOfTheEditorSettings()
    {
        Assert.That(File.ReadAllText(Path.Combine(SourceFiles.Root, ".editorconfig")), Does.Contain($"max_line_length = {Columns}"));

        Assert.That(
            SourceFiles.Tracked(".cs", ".mjs", ".js", ".ts", ".sh", ".py", ".md")
                .SelectMany(f => TooLong(f.Path, f.Text).Select(n => $"{f.Path}:{n}")), Is.Empty);
    }

    [TestCase("a.cs", "// {0}", true)]
    [TestCase("a.cs", "var a = \"{0}\";", true)]
    [TestCase("a.cs", "var a = \"\"\"{{\"b\":\"{0}\"}}\"\"\";", false, TestName = "TooLong_RawText_IsKeptInOnePiece")]
    [TestCase("a.cs", "var a = \"\"\"\n    {0}\n    \"\"\";\n// {0}", true, TestName = "TooLong_LineBehindRawText_IsReported")]
    [TestCase("a.cs", "var a = \"\"\"\n    {0}\n    \"\"\";", false, TestName = "TooLong_LineOfRawText_IsKeptInOnePiece")]
    [TestCase("a.sh", "echo {0}", true)]
    [TestCase("a.md", "Prose {0}", true)]
    [TestCase("a.md", "| a row | {0} |", false)]
    [TestCase("a.md", "```\n{0}\n```", false)]
    public void TooLong_Specimen_IsReported(string path, string form, bool isReported)
    {
        var source = form.Replace("{0}", string.Join(' ', Enumerable.Repeat("word", Columns / 4)), StringComparison.Ordinal);

        Assert.That(TooLong(path, source).Any(), Is.EqualTo(isReported));
        Assert.That(TooLong(path, form), Is.Empty);
    }

    [Test]
    public void Namespaces_OfSources_AreTheirFolders() => Assert.That(
        Folders.SelectMany(SourceFiles.Of).SelectMany(f => Misplaced(f.Path, f.Text, ProjectOf(f.Path))), Is.Empty);

    [TestCase("src/A/Rooms/B.cs", "namespace X.A.Rooms;", false)]
    [TestCase("src/A/B.cs", "namespace X.A;", false)]
    [TestCase("src/A/Rooms/B.cs", "namespace X.A.Other;", true)]
    [TestCase("src/A/Rooms/B.cs", "namespace X.A;", true)]
    [TestCase("src/A/Rooms/B.cs", "using X;", false, TestName = "Misplaced_NoNamespace_StandsAnywhere")]
    public void Misplaced_Specimen_IsReported(string path, string source, bool isReported) =>
        Assert.That(Misplaced(path, source, "src/A/X.A.csproj").Any(), Is.EqualTo(isReported));

    /// <summary>The numbers of lines that are too long. Text that is sent as it stands (raw strings, tables, shown commands) may be
    /// longer.</summary>
    private static IEnumerable<int> TooLong(string path, string source)
    {
        var fence = path.EndsWith(".cs", StringComparison.Ordinal) ? "\"\"\"" : path.EndsWith(".md", StringComparison.Ordinal) ? "```"
            : null;
        var (number, isWithin) = (0, false);
        foreach (var line in source.Split('\n'))
        {
            number++;
            var fences = fence is null ? 0 : line.Split(fence).Length - 1;
            var isKept = isWithin || fences > 0 || (fence == "```" && line.StartsWith('|'));
            if (line.Length > Columns && !isKept) yield return number;
            if (fences % 2 == 1) isWithin = !isWithin;
        }
    }

    /// <summary>What is said of a file whose namespace is not its project's with the folders between.</summary>
    private static IEnumerable<string> Misplaced(string path, string source, string project)
    {
        if (Namespace().Match(source) is not { Success: true } written) yield break;
        var folders = Path.GetRelativePath(Path.GetDirectoryName(project)!, Path.GetDirectoryName(path)!);
        var wanted = Path.GetFileNameWithoutExtension(project) + (folders == "." ? "" : "." + folders.Replace('/', '.'));
        if (written.Groups[1].Value != wanted) yield return $"{path}: {written.Groups[1].Value}, where its folder says {wanted}";
    }

    private static string ProjectOf(string path)
    {
        for (var folder = Path.GetDirectoryName(path)!; folder.Length > 0; folder = Path.GetDirectoryName(folder)!)
        {
            if (Directory.GetFiles(Path.Combine(SourceFiles.Root, folder), "*.csproj") is [var project])
                return Path.GetRelativePath(SourceFiles.Root, project);
        }
        throw new FileNotFoundException($"{path} belongs to no project.");
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
