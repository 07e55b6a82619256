using System.Globalization;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Enrollment;

[TestFixture]
public class EnrollCommandTests
{
    private TemporaryFolder _folder = null!;
    private TemporaryFolder _state = null!;
    private ContractServer _server = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new();
        _state = new();
        _server = await ContractServer.StartAsync();
        _environment = new() { ["FACE_SERVER"] = _server.Url, ["XDG_STATE_HOME"] = _state.Root };
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
        _state.Dispose();
    }

    [Test]
    public async Task Enroll_Folder_SavesEveryPhotoAndSaysSo()
    {
        WriteStudents();

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Is.EquivalentTo(new[]
        {
            "siswaA: 2 saved, 0 already enrolled, 0 refused",
            "siswaB: 1 saved, 0 already enrolled, 0 refused",
            "siswaC: no photos",
            "Total: 3 students: 3 saved, 0 already enrolled, 0 refused",
        }));
        Assert.That(outcome.Lines[^1], Does.StartWith("Total:"));
        Assert.That(_server.TemplatesOf("siswaA"), Is.EqualTo(2));
        Assert.That(outcome.Errors, Is.Empty);
    }

    [Test]
    public async Task Enroll_SecondRun_UploadsNothing()
    {
        WriteStudents();
        await EnrollAsync();

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(3));
    }

    [Test]
    public async Task Enroll_NewPhotoAndMovedPhoto_UploadsTheNewOnly()
    {
        WriteStudents();
        await EnrollAsync();
        File.Move(Path.Combine(_folder.Root, "siswaA/1.jpg"), Path.Combine(_folder.Root, "siswaA/renamed.jpg"));
        _folder.Write("siswaA/3.jpg", "third photo");

        var outcome = await EnrollAsync();

        Assert.That(outcome.Lines, Does.Contain("siswaA: 1 saved, 2 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(4));
    }

    [Test]
    public async Task Enroll_JournalLost_LeavesItToTheServer()
    {
        WriteStudents();
        await EnrollAsync();
        Directory.Delete(Path.Combine(_state.Root, "faceattendance"), recursive: true);

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(6));
    }

    [Test]
    public async Task Enroll_GalleryWiped_SendsEverythingAgain()
    {
        WriteStudents();
        await EnrollAsync();
        _server.Wipe();

        var outcome = await EnrollAsync();

        Assert.That(outcome.Lines[^1], Is.EqualTo("Total: 3 students: 3 saved, 0 already enrolled, 0 refused"));
        Assert.That(outcome.Errors, Does.Contain("every photo is sent again"));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Enroll_OneStudentLostTemplates_SendsThatOneAgain(int left)
    {
        WriteStudents();
        await EnrollAsync();
        _server.Wipe("siswaA");
        if (left > 0) _server.Fill("siswaA", left);
        _server.Fill("elsewhere", 5);

        var outcome = await EnrollAsync();
        var third = await EnrollAsync();

        Assert.That(outcome.Lines, Does.Contain("siswaA: 2 saved, 0 already enrolled, 0 refused"));
        Assert.That(outcome.Lines, Does.Contain("siswaB: 0 saved, 1 already enrolled, 0 refused"));
        Assert.That(third.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(5));
    }

    [Test]
    public async Task Enroll_LostTemplatesAndLostPhoto_AreForgottenOnce()
    {
        WriteStudents();
        await EnrollAsync();
        _server.Wipe("siswaA");
        _server.Fill("elsewhere", 5);
        File.Delete(Path.Combine(_folder.Root, "siswaA/1.jpg"));

        await EnrollAsync();
        await EnrollAsync();

        Assert.That(_server.Uploads, Is.EqualTo(4));
    }

    [Test]
    public async Task Enroll_TemplatesNoLongerMatchable_SendsEverythingAgain()
    {
        WriteStudents();
        await EnrollAsync();
        _server.HealthBody = """{"ok":true,"encodings":0,"labels":0}""";

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(_server.Uploads, Is.EqualTo(6));
    }

    [Test]
    public async Task Enroll_Again_SendsEverything()
    {
        WriteStudents();
        await EnrollAsync();

        var outcome = await EnrollAsync("--again");

        Assert.That(outcome.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(6));
    }

    [Test]
    public async Task Enroll_RefusedFiles_AreListedWithReasonsEachTime()
    {
        WriteStudents();
        _folder.Write("siswaA/empty room.jpg", "no face here");
        _folder.Write("siswaA/far.png", "poor");
        _folder.Write("siswaB/text.jpg", "not an image");
        _folder.Write("siswaB/crash.jpg", "broken server");
        _folder.Write("siswaB/readme.txt", "x");
        _folder.Write("kelas 7/1.jpg", "x");
        _folder.Write("loose.jpg", "x");

        var first = await EnrollAsync();
        var second = await EnrollAsync();

        Assert.That(first.Code, Is.EqualTo(1));
        Assert.That(first.Lines, Does.Contain("siswaB: 1 saved, 0 already enrolled, 3 refused"));
        var refused = first.Lines.Where(l => l.StartsWith("refused", StringComparison.Ordinal));
        Assert.That(refused.Select(l => string.Join('|', l.Split('\t')[1..3])), Is.EqualTo(new[]
        {
            "kelas 7/1.jpg|invalid_student_id", "loose.jpg|no_student", "siswaA/empty room.jpg|no_face",
            "siswaA/far.png|low_quality (too_small, blurred)", "siswaB/crash.jpg|http_500",
            "siswaB/readme.txt|not_an_image", "siswaB/text.jpg|invalid_image",
        }));
        Assert.That(first.Lines[^1], Is.EqualTo("Total: 3 students: 3 saved, 0 already enrolled, 7 refused"));
        Assert.That(second.Code, Is.EqualTo(1));
        Assert.That(second.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 7 refused"));
    }

    [Test]
    public async Task Enroll_BusyServer_IsAskedAgain()
    {
        _folder.Write("a/1.jpg", "busy once");

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Does.Contain("a: 1 saved, 0 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(2));
    }

    [Test]
    public async Task Enroll_ConnectionDroppedOnce_IsTriedAgain()
    {
        _folder.Write("a/1.jpg", "drop once");

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(_server.TemplatesOf("a"), Is.EqualTo(1));
    }

    [Test]
    public async Task Enroll_PhotoThatAlwaysBreaksTheConnection_DoesNotStopTheOthers()
    {
        _folder.Write("a/1.jpg", "drop always");
        _folder.Write("a/2.jpg", "fine");

        var outcome = await EnrollAsync("--parallel", "1");

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Lines, Does.Contain("a: 1 saved, 0 already enrolled, 1 refused"));
        Assert.That(outcome.Output, Does.Contain("refused\ta/1.jpg\tno_answer\t"));
    }

    [Test]
    public async Task Enroll_ServerGoneMidway_SaysSoAndGoesOnNextTime()
    {
        var url = new Uri(_server.Url);
        _folder.Write("a/1.jpg", "first");
        _folder.Write("a/2.jpg", "hold the second");
        _folder.Write("b/3.jpg", "third");
        await using var run = CommandRun.Start(_environment, "enroll", _folder.Root, "--parallel", "1");
        await _server.Held.ArriveAsync();

        await _server.KillAsync();
        var outcome = await run.EndAsync();
        await _server.DisposeAsync();
        _server = await ContractServer.StartAsync($"http://127.0.0.1:{url.Port.ToString(CultureInfo.InvariantCulture)}");
        _server.Fill("a", 1);
        _server.Hold.Release();
        var second = await EnrollAsync();

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Output, Does.Contain("Total: 2 students: 1 saved, 0 already enrolled, 0 refused"));
        Assert.That(outcome.Errors, Does.Contain("Run the same command again to go on."));
        Assert.That(outcome.Errors, Does.Contain("No answer from "));
        Assert.That(second.Lines[^1], Is.EqualTo("Total: 2 students: 2 saved, 1 already enrolled, 0 refused"));
        Assert.That(_server.Uploads, Is.EqualTo(2));
    }

    [Test]
    public async Task Enroll_ManyPhotos_KeepsToItsBound()
    {
        for (var i = 0; i < 20; i++) _folder.Write($"s{i}/1.jpg", $"hold photo {i}");
        await using var run = CommandRun.Start(_environment, "enroll", _folder.Root, "--parallel", "3");

        for (var i = 0; i < 20; i++)
        {
            await _server.Held.ArriveAsync();
            if (i >= 2) _server.Hold.Release();
        }
        _server.Hold.Release(2);
        var outcome = await run.EndAsync();

        Assert.That(outcome.Lines[^1], Does.Contain("20 saved"));
        Assert.That(_server.MostUploadsAtOnce, Is.EqualTo(3));
    }

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public async Task Enroll_Interrupted_StopsCleanlyAndGoesOnNextTime(string signal, int code)
    {
        _folder.Write("a/1.jpg", "first");
        _folder.Write("b/1.jpg", "hold the second");
        _folder.Write("c/1.jpg", "third");
        using var run = ChildProcess.Start(_environment, "enroll", _folder.Root, "--parallel", "1");
        await _server.Held.ArriveAsync();

        run.Signal(signal);
        var outcome = await run.EndAsync();
        _server.Hold.Release();
        var second = await EnrollAsync();

        Assert.That(outcome.Code, Is.EqualTo(code));
        Assert.That(outcome.Lines, Is.EqualTo(new[]
        {
            "a: 1 saved, 0 already enrolled, 0 refused",
            "Total: 3 students: 1 saved, 0 already enrolled, 0 refused",
        }));
        Assert.That(outcome.Errors, Is.EqualTo("Not every photo was sent. Run the same command again to go on.\n"));
        Assert.That(second.Code, Is.Zero, second.Errors);
        Assert.That(new[] { "a", "b", "c" }.Select(_server.TemplatesOf), Is.All.EqualTo(1));
    }

    [Test]
    public async Task Enroll_JournalHeldByAnotherRun_GoesOnWithoutIt()
    {
        _folder.Write("a/1.jpg", "first");
        _folder.Write("a/2.jpg", "hold the second");
        await using var other = CommandRun.Start(_environment, "enroll", _folder.Root, "--parallel", "1");
        await _server.Held.ArriveAsync();

        var outcome = await EnrollAsync();
        _server.Hold.Release();
        await other.EndAsync();

        Assert.That(outcome.Code, Is.Zero);
        Assert.That(outcome.Errors, Does.StartWith("What earlier runs enrolled is not known"));
    }

    [Test]
    public async Task Enroll_NoFolder_ExitsOneWithoutAskingTheServer()
    {
        var outcome = await CommandRun.FinishAsync(_environment, "enroll", Path.Combine(_folder.Root, "missing"));

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.StartWith("There is no folder "));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public async Task Enroll_NoServer_ExitsThreeWithOneMessage()
    {
        WriteStudents();
        _environment["FACE_SERVER"] = "http://127.0.0.1:1";

        var outcome = await EnrollAsync();

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Errors, Does.StartWith("No answer from http://127.0.0.1:1"));
        Assert.That(outcome.Output, Is.Empty);
    }

    [Test]
    public async Task Enroll_Redirected_WritesPlainLinesOfAnyLength()
    {
        var name = new string('x', 150) + " [red].jpg";
        _folder.Write($"a/{name}", "no face");
        _environment["TERM"] = "xterm-256color";

        using var run = ChildProcess.Start(_environment, "enroll", _folder.Root);
        var outcome = await run.EndAsync();

        Assert.That(outcome.Lines, Does.Contain($"refused\ta/{name}\tno_face\tNo face was found."));
        Assert.That(outcome.Output, Does.Not.Contain('\u001b'));
    }

    [Test]
    public async Task Enroll_OnTerminal_ShowsProgressAndTableAndEscapesNames()
    {
        WriteStudents();
        _folder.Write("siswaA/[bold]x.jpg", "no face");
        _folder.Write("siswaA/\u001b]0;title\u0007.jpg", "no face");

        using var run = ChildProcess.StartOnTerminal(_environment, "enroll", _folder.Root);
        var outcome = await run.EndAsync();

        Assert.That(outcome.Code, Is.EqualTo(1), outcome.Output + outcome.Errors);
        Assert.That(outcome.Output, Does.Contain("Enrolling"));
        Assert.That(outcome.Output, Does.Contain("Refused file"));
        Assert.That(outcome.Output, Does.Contain("siswaA/[bold]x.jpg"));
        Assert.That(outcome.Output, Does.Contain(@"\u001b]0;title\u0007.jpg").And.Not.Contain("\u001b]0"));
        Assert.That(outcome.Output, Does.Contain("Total: 3 students: 3 saved, 0 already enrolled, 2 refused"));
    }

    private void WriteStudents()
    {
        _folder.Write("siswaA/1.jpg", "first photo");
        _folder.Write("siswaA/2.PNG", "second photo");
        _folder.Write("siswaB/1.webp", "B's photo");
        Directory.CreateDirectory(Path.Combine(_folder.Root, "siswaC"));
    }

    private Task<Outcome> EnrollAsync(params string[] options) =>
        CommandRun.FinishAsync(_environment, ["enroll", _folder.Root, .. options]);
}
