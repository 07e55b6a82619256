using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Evaluation;

/// <summary>The commands that take pairs, counts, attacks and sequences, with real weights.</summary>
[TestFixture]
public class EvaluatePicturesTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["FACE_PROFILE"] = "starter" };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task Verification_Pairs_TellsErrorsAtTheThresholds()
    {
        Draw("a1.png", DrawnPerson.Ayu, 0);
        Draw("a2.png", DrawnPerson.Ayu, 2);
        Draw("c1.png", DrawnPerson.Citra, 1);
        File.WriteAllBytes(Path.Combine(_folder.Root, "none.png"), DrawnFaces.Empty());
        var pairs =
            _folder.Write(
                "pairs.csv", "file_x,file_y,Decision\na1.png,a2.png,Yes\na1.png,c1.png,No\na2.png,c1.png,No\na1.png,none.png,Yes\n");

        var outcome = await RunAsync("verification", pairs);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Output, Does.Contain("2 pairs of one person, 2 of two; 4 pictures, 1 of them without a face"));
        Assert.That(outcome.Lines.Single(l => l.StartsWith("| verification (1:1) |", StringComparison.Ordinal)),
            Does.Contain("| 0.00 (0.00–65.76) % | 50.00 ("));
    }

    [TestCase("a,b,c\nx.png,y.png,perhaps\n", "'x.png,y.png,perhaps'", TestName = "Verification_WordThatIsNeither_NamesTheLine")]
    [TestCase("a,b,c\nx.png,y.png,yes\n", "pairs of one kind alone", TestName = "Verification_OneKindOfPairs_SaysSo")]
    public async Task Verification(string table, string message)
    {
        var outcome = await RunAsync("verification", _folder.Write("pairs.csv", table));

        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((1, "")));
        Assert.That(outcome.Errors, Does.Contain(message));
    }

    [Test]
    public async Task Verification_PairsOfTheSharedSet_AreTold()
    {
        var pairs = SharedFiles.Require("faces/deepface-pairs/master.csv");

        var outcome = await RunAsync("verification", pairs, "--profile", "standard");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Output, Does.Contain("38 pairs of one person, 262 of two"));
    }

    [Test]
    public async Task Faces_Counts_StandBesideWhatWasFound()
    {
        Draw("one.png", DrawnPerson.Ayu, 0);
        File.WriteAllBytes(Path.Combine(_folder.Root, "none.png"), DrawnFaces.Empty());

        var outcome =
            await RunAsync("faces", _folder.Write("tables/counts.csv", "picture,faces\none.png,1\nnone.png,0\ngone.png,2\n"), "--pictures",
                _folder.Root);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines,
            Has.One.EqualTo("| one.png | 1 | 1 |").And.One.EqualTo("| none.png | 0 | 0 |").And.One
                .EqualTo("| gone.png | 2 | unreadable |"));
    }

    [Test]
    public async Task Attacks_SharedPictures_TellEachSpeciesError()
    {
        var shared = SharedFiles.Require("faces/liveness");
        Copy(Path.Combine(shared, "live", "image_T1.jpg"), "live");
        Copy(Path.Combine(shared, "spoof", "image_F1.jpg"), "print");
        Copy(Path.Combine(shared, "spoof", "image_F2.jpg"), "screen");

        var outcome = await RunAsync("attacks", Path.Combine(_folder.Root, "pictures"), "--profile", "standard");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines.Single(l => l.StartsWith("| live |", StringComparison.Ordinal)),
            Does.Match(@"^\| live \| 1 \| 0 \|  \| 0\.00 \("));
        Assert.That(outcome.Lines.Single(l => l.StartsWith("| print |", StringComparison.Ordinal)),
            Does.Match(@"^\| print \| 1 \| 0 \| 0\.00 \([^|]* \|  \|$"));
        Assert.That(outcome.Lines, Has.One.StartsWith("| screen | 1 | 0 |"));
    }

    [Test]
    public async Task Attacks_ProfileWithoutPassiveDetection_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "pictures", "live"));
        Draw("pictures/live/a.png", DrawnPerson.Ayu, 0);

        var outcome = await RunAsync("attacks", Path.Combine(_folder.Root, "pictures"));

        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((1, "")));
        Assert.That(outcome.Errors, Does.Contain("'starter' has no passive detection"));
    }

    [Test]
    public async Task Liveness_FilmedBlink_PassesAtItsOwnRateAndAnUnknownActionIsLeftOut()
    {
        var clip = SharedFiles.Require("faces/liveness/blink/franck_a");
        foreach (var frame in Directory.GetFiles(clip)) Copy(frame, "blink/franck_a");
        foreach (var frame in Directory.GetFiles(clip).Take(3)) Copy(frame, "no-blink/franck_c");

        var outcome = await RunAsync("liveness", Path.Combine(_folder.Root, "pictures"), "--rates", "25,12.5", "--profile", "standard");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Has.One.StartsWith("| blink/franck_a | blink | 25 | 100.00 ("));
        Assert.That(outcome.Lines.Single(l => l.StartsWith("| blink/franck_a | blink | 12.5 |", StringComparison.Ordinal)),
            Does.Contain("| 2 |"), "from each of two beginnings");
        Assert.That(outcome.Errors, Does.Contain("no-blink/franck_c is left out"));
    }

    private static Task<Outcome> RunAsync(params string[] words) => CommandRun.FinishAsync(Environment, ["evaluate", .. words]);

    private void Draw(string file, DrawnPerson person, int variant) =>
        File.WriteAllBytes(Path.Combine(_folder.Root, file), DrawnFaces.Portrait(person, variant));

    private void Copy(string file, string species)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Root, "pictures", species)).FullName;
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}
