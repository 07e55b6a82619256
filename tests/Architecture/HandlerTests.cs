using System.Text.RegularExpressions;
using FaceAttendance.Application.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

/// <summary>Every use case has a test of its own, with fakes, that runs in milliseconds.</summary>
public sealed partial class HandlerTests
{
    [Test]
    public void Handlers_OfApplication_AreEachNamedByATest()
    {
        var handlers = typeof(IFaceAnalyzer).Assembly.GetTypes()
            .Where(t => t.IsClass && t.GetInterfaces().Any(i => i.Name.StartsWith("IRequestHandler", StringComparison.Ordinal)))
            .Select(t => t.Name).ToList();

        Assert.That(handlers, Has.Count.GreaterThan(50));
        Assert.That(Untested(handlers, SourceFiles.Of("tests/Application").Select(f => f.Text)), Is.Empty);
    }

    [TestCase("new AddSiteHandler(sites)", false)]
    [TestCase("new AddSiteHandlerOfAnotherName(sites)", true)]
    [TestCase("// AddSiteHandler has no test", true)]
    public void Untested_Specimen_IsReported(string test, bool isReported) => Assert.That(
        Untested(["AddSiteHandler"], [$"[TestCase(1)] public void A() {{ {test} }}"]).Any(), Is.EqualTo(isReported));

    [Test]
    public void Untested_FileWithoutTests_DoesNotCount() =>
        Assert.That(Untested(["AddSiteHandler"], ["class Fakes { object A => new AddSiteHandler(); }"]), Is.EqualTo(["AddSiteHandler"]));

    private static IEnumerable<string> Untested(IEnumerable<string> handlers, IEnumerable<string> sources)
    {
        var named = sources.Where(s => TestAttribute().IsMatch(s))
            .SelectMany(s => Word().Matches(Comment().Replace(s, "")).Select(m => m.Value)).ToHashSet();
        return handlers.Where(h => !named.Contains(h));
    }

    [GeneratedRegex(@"\[Test(Case)?\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\w+Handler\b")]
    private static partial Regex Word();
}
