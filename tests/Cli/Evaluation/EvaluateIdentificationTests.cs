using System.Text.Json.Nodes;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Evaluation;

/// <summary>The command itself with the project's own weights, on drawn people.</summary>
[TestFixture]
public class EvaluateIdentificationTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["FACE_PROFILE"] = "starter" };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task Identification_OneFolder_NamesWhoIsEnrolledAndNoStranger()
    {
        Draw("ayu", DrawnPerson.Ayu, 3);
        Draw("citra", DrawnPerson.Citra, 3);
        Draw("dewa", DrawnPerson.Dewa, 1);

        var outcome = await RunAsync("--threshold", "0.5", "--sizes", "2,full,100", "--rounds", "2");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Output, Does.StartWith("# Identification, starter\n"));
        Assert.That(outcome.Output, Does.Contain("3 people, 7 pictures; 2 people can be enrolled and asked for"));
        Assert.That(
            outcome.Lines, Has.One.StartsWith("| 2 | one photo each | 0.500 | 100.00 (51.01–100.00) % | 0.00 (0.00–48.99) % | 0.00 ("));
        Assert.That(outcome.Lines, Has.One.StartsWith("| 2 | two photos where there are | 0.500 | 100.00 (34.24–100.00) % | 0.00 "));
        Assert.That(outcome.Lines, Has.None.StartsWith("| 100 |"), "a size that the set does not fill");
    }

    [TestCase("1", "0.00", "0.00", TestName = "Identification_ThresholdNobodyReaches_NamesNobody")]
    [TestCase("-1", "100.00", "100.00", TestName = "Identification_ThresholdEverybodyReaches_NamesStrangersToo")]
    public async Task Identification(string threshold, string named, string strangers)
    {
        Draw("enrol/ayu", DrawnPerson.Ayu, 1);
        Draw("enrol/citra", DrawnPerson.Citra, 1);
        Draw("probe/ayu", DrawnPerson.Ayu, 1, from: 2);
        Draw("probe/citra", DrawnPerson.Citra, 1, from: 2);
        Draw("unknown/dewa", DrawnPerson.Dewa, 2);

        var outcome = await RunAsync("--threshold", threshold, "--rounds", "1");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines.Single(l => l.StartsWith("| 2 | one photo", StringComparison.Ordinal)),
            Does.Match($@"\| {named} \([^|]*\| [^|]*\| {strangers} \("));
    }

    [Test]
    public async Task Identification_Out_WritesReportsAndDrawingsAndTheNextRunLooksAtNoPictureAgain()
    {
        Draw("ayu", DrawnPerson.Ayu, 2);
        Draw("citra", DrawnPerson.Citra, 2);
        Draw("dewa", DrawnPerson.Dewa, 1);
        _folder.Write("pictures/dewa/0-broken.png", "no picture");
        var report = Path.Combine(_folder.Root, "report");

        var first = await RunAsync("--rate", "0.05", "--out", report);
        var seen = new FileInfo(Path.Combine(report, "seen-starter.bin"));
        var (length, written) = (seen.Length, seen.LastWriteTimeUtc);
        // An interrupted run leaves half a picture behind.
        await using (var file = seen.Open(FileMode.Append)) file.Write(new byte[17]);
        var second = await RunAsync("--rate", "0.05", "--negatives", "--out", report);

        seen.Refresh();
        Assert.That((first.Code, second.Code), Is.EqualTo((0, 0)), first.Errors + second.Errors);
        Assert.That(seen.Length, Is.EqualTo(length).And.GreaterThan(5 * 128 * sizeof(float)));
        if (!OperatingSystem.IsWindows()) Assert.That(seen.UnixFileMode, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var data = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(report, "report.json")))!;
        Assert.That((int)data["pictures"]!, Is.EqualTo(6));
        Assert.That((double)data["At each size"]![0]!["named (TPIR)"]!["rate"]!, Is.EqualTo(1));
        Assert.That(data["DET, identification, one photo each"]!.AsArray(), Is.Not.Empty);
        var worst = data["Negative examples, the worst for each student"]![1]!;
        Assert.That((double)worst["own photos no longer named"]!["rate"]!, Is.Zero);
        Assert.That((double)worst["further photos of the other refused"]!["rate"]!, Is.EqualTo(1));
        Assert.That((string?)data["Failure to enrol"]![0]!["why"], Is.EqualTo("image.invalid_image"));
        Assert.That(
            await File.ReadAllTextAsync(Path.Combine(report, "report.md")), Does.Contain("![").And.Contain("| image.invalid_image |"));
        foreach (var drawing in new[] { "det.svg", "scores.svg" })
            Assert.That(() => System.Xml.Linq.XDocument.Load(Path.Combine(report, drawing)), Throws.Nothing);
    }

    [Test]
    public async Task Identification_OnlyDoublesAndBy_LeaveOutAndTellApart()
    {
        Draw("ayu", DrawnPerson.Ayu, 2);
        Draw("citra", DrawnPerson.Citra, 2);
        Draw("citra-again", DrawnPerson.Citra, 1);
        Draw("dewa", DrawnPerson.Dewa, 1);
        Draw("nobody", DrawnPerson.Dewa, 2);
        var only = _folder.Write("only.txt", "ayu\ncitra\ncitra-again\ndewa\n");
        var doubles = _folder.Write("doubles.csv", "one,other\ncitra,citra-again\n");
        var by = _folder.Write("by.csv", "person,light\nayu,day\ncitra,night\ndewa,day\n");

        var outcome =
            await RunAsync("--threshold", "0.5", "--only", only, "--doubles", doubles, "--by", $"{by}:light", "--lookalikes", "1");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Output, Does.Contain("3 people, 5 pictures"));
        Assert.That(outcome.Lines, Has.One.StartsWith("| day | 100.00").And.One.StartsWith("| night | 100.00"));
        Assert.That(outcome.Output, Does.Contain("\n## Lookalikes\n"));
    }

    [Test]
    public async Task Identification_WriteCalibrationOfTooFew_SaysSoAndLeavesTheManifest()
    {
        Draw("ayu", DrawnPerson.Ayu, 2);
        Draw("citra", DrawnPerson.Citra, 1);
        var manifest = _folder.Write("manifest.json", "{}");

        var outcome = await RunAsync("--write-calibration", "--manifest", manifest);

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain("too small for a calibration"));
        Assert.That(await File.ReadAllTextAsync(manifest), Is.EqualTo("{}"));
    }

    [TestCase(1, "needs two people", TestName = "Identification_EmptyFolder_SaysWhatItNeeds")]
    [TestCase(1, "FACE_PROFILE is 'none'", "--profile", "none", TestName = "Identification_UnknownProfile_NamesThoseThatAre")]
    [TestCase(1, "the largest is 1", "--sizes", "50", TestName = "Identification_NoSizeThatTheSetFills_SaysTheLargest")]
    [TestCase(2, "not 'some'", "--sizes", "some", TestName = "Identification_SizeThatIsNone_IsUsage")]
    [TestCase(2, "--by takes <file.csv:column>", "--by", "x.csv", TestName = "Identification_ByWithoutAColumn_IsUsage")]
    public async Task Identification(int code, string message, params string[] words)
    {
        if (words.Length > 0) Draw("ayu", DrawnPerson.Ayu, 1);
        if (words.Length > 0) Draw("citra", DrawnPerson.Citra, 1);
        Directory.CreateDirectory(Path.Combine(_folder.Root, "pictures"));

        var outcome = await RunAsync(words);

        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((code, "")));
        Assert.That(outcome.Errors, Does.Contain(message));
    }

    private Task<Outcome> RunAsync(params string[] words) =>
        CommandRun.FinishAsync(Environment, ["evaluate", "identification", Path.Combine(_folder.Root, "pictures"), .. words]);

    private void Draw(string person, DrawnPerson drawn, int count, int from = 0)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Root, "pictures", person)).FullName;
        for (var i = from; i < from + count; i++) File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), DrawnFaces.Portrait(drawn, i));
    }
}
