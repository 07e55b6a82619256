using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

public sealed partial class SecurityPageTests
{
    [Test]
    public void SecurityPage_EveryAttempt_HasATestThatExists()
    {
        var tests = SourceFiles.Of("tests").Select(f => f.Text).Concat(SourceFiles.Scripts("tests").Select(f => f.Text)).ToList();
        var rows = AttemptsOf(File.ReadAllText(Path.Combine(SourceFiles.Root, "docs", "security.md")));

        Assert.That(rows, Has.Count.GreaterThanOrEqualTo(40));
        Assert.Multiple(() =>
        {
            foreach (var (attempt, named) in rows)
            {
                Assert.That(named, Is.Not.Empty, attempt);
                foreach (var test in named)
                    Assert.That(tests.Any(text => text.Contains(test, StringComparison.Ordinal)), $"{attempt}: {test}");
            }
        });
    }

    [Test]
    public void AttemptsOf_Specimen_AreSeen() => Assert.That(
        AttemptsOf("| no | attempt | test |\n| --- | --- | --- |\n| 1 | knock | `A_B_C`, `D_E` |\n| 2 | ring | none |\n")
            .Select(r => (r.Attempt, r.Tests.Count)),
        Is.EqualTo(new[] { ("1", 2), ("2", 0) }));

    private static List<(string Attempt, List<string> Tests)> AttemptsOf(string page) => [.. Row().Matches(page).Select(row =>
        (row.Groups["number"].Value, Quoted().Matches(row.Groups["tests"].Value).Select(q => q.Groups[1].Value).ToList()))];

    // The last cell of a row that begins with a number.
    [GeneratedRegex(@"^\| (?<number>\d+) \|.*\| (?<tests>[^|\n]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
