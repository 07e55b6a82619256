using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

public sealed partial class ErrorListTests
{
    [Test]
    public void ErrorsPage_AllCodesOfTheSource_AreListedAndNoOthers()
    {
        var inCode = SourceFiles.Of("src").SelectMany(f => CodesIn(f.Text)).ToHashSet();
        var onPage = ListedCode().Matches(File.ReadAllText(Path.Combine(SourceFiles.Root, "docs", "errors.md")))
            .Select(m => m.Groups[1].Value).ToHashSet();

        Assert.That(onPage, Is.EquivalentTo(inCode));
    }

    [Test]
    public void CodesIn_Specimen_AreSeen() => Assert.That(
        CodesIn(
            """public static Error A => new("area.some_code", "Text.", ErrorKind.Invalid); var x = new Error(\n "b.c", $"x", ErrorKind.NotFound);"""),
        Is.EquivalentTo(["area.some_code", "b.c"]));

    private static IEnumerable<string> CodesIn(string source) => WrittenCode().Matches(source).Select(m => m.Groups[1].Value);

    // A dotted lower-case literal as the first argument of a construction, with an ErrorKind among the arguments.
    [GeneratedRegex("""new(?:\s+Error)?\(\s*(?:\\n\s*)?"([a-z_]+\.[a-z_]+)"(?=[\s\S]{0,600}?ErrorKind\.)""")]
    private static partial Regex WrittenCode();

    [GeneratedRegex(@"^\| `([a-z_]+\.[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ListedCode();
}
