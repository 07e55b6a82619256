using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

/// <summary>A reader finds a type where its namespace says.</summary>
public sealed partial class SourceLayoutTests
{
    private static readonly string[] Folders = ["src", "tests", "benchmarks", "deploy"];

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
