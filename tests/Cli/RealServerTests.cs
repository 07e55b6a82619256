using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests;

/// <summary>The command against the server itself, with its database and its models, on drawn faces.</summary>
[TestFixture]
public class RealServerTests
{
    private RealServer _real = null!;
    private TemporaryFolder _folder = null!;
    private Dictionary<string, string> _environment = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _real = await RealServer.StartAsync();
        (_folder, _environment) = (_real.Folder, _real.Environment);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _real.DisposeAsync();

    [Test]
    public async Task Key_Added_IsShownOnceUsedFromAFileAndRevoked()
    {
        var added = await CommandRun.FinishAsync(_environment, "key", "add", "--name", "Registry", "--scopes", "admin,enroll");
        var file = Path.Combine(_folder.Root, "key");
        await File.WriteAllTextAsync(file, added.Output);
        var listed = await CommandRun.FinishAsync(_environment, "key", "list", "--api-key-file", file);
        var id = listed.Lines.Single(line => line.Contains("Registry", StringComparison.Ordinal)).Split()[0];

        var revoked = await CommandRun.FinishAsync(_environment, "key", "revoke", "--id", id);

        var refused = await CommandRun.FinishAsync(_environment, "key", "list", "--api-key-file", file);
        Assert.That((added.Code, listed.Code, revoked.Code, refused.Code), Is.EqualTo((0, 0, 0, 3)));
        Assert.That(added.Output, Does.Match("^fa_[A-Za-z0-9_-]{86}\\s*$"));
        Assert.That(listed.Output, Does.Not.Contain(added.Output.Trim()));
    }

    [Test]
    public async Task Device_Added_IsListedAsSilent()
    {
        var added = await CommandRun.FinishAsync(_environment, "device", "add", "--id", "gate-cli", "--scopes", "recognize");

        var listed = await CommandRun.FinishAsync(_environment, "device");

        Assert.That(added.Output, Does.StartWith("fa_"));
        Assert.That(listed.Lines.Single(line => line.StartsWith("gate-cli", StringComparison.Ordinal)), Does.Contain("silent"));
    }

    [TestCase("key", "add", "--name", "x")]
    [TestCase("key", "revoke")]
    [TestCase("device", "add")]
    [TestCase("key", "lose")]
    public async Task Key_WrongCommandLine_IsExit2(params string[] words)
    {
        var outcome = await CommandRun.FinishAsync(_environment, words);

        Assert.That(outcome.Code, Is.EqualTo(2));
    }

    [Test]
    public async Task EnrollThenRecognizeThenWatch_AgainstTheServer_FindsTheStudent()
    {
        var students = Path.Combine(_folder.Root, "known_faces");
        Draw("known_faces/ayu/1.png", DrawnFaces.Portrait(DrawnPerson.Ayu));
        Draw("known_faces/ayu/2.PNG", DrawnFaces.Portrait(DrawnPerson.Ayu, 2));
        Draw("known_faces/ayu/wall.png", DrawnFaces.Empty());
        Draw("known_faces/citra/1.png", DrawnFaces.Portrait(DrawnPerson.Citra));
        Draw("known_faces/dewa/ayu again.png", DrawnFaces.Portrait(DrawnPerson.Ayu, 1));
        _folder.Write("known_faces/dewa/text.jpg", "I am no picture.");
        var probe = Draw("probe.png", DrawnFaces.Portrait(DrawnPerson.Ayu, 1));
        var video = Path.Combine(_folder.Root, "still.mp4");
        GeneratedVideo.WriteStill(video, probe, seconds: 1.5);

        var first = await CommandRun.FinishAsync(_environment, "enroll", students, "--parallel", "1");
        var second = await CommandRun.FinishAsync(_environment, "enroll", students);
        var again = await CommandRun.FinishAsync(_environment, "enroll", students, "--again");
        var recognized = await CommandRun.FinishAsync(_environment, "recognize", probe, "--out", Path.Combine(_folder.Root, "copy.jpg"));
        var survey = await CommandRun.FinishAsync(_environment, "evaluate", "own-gallery");
        await using var listening = CommandRun.Start(_environment, "watch");
        await listening.ErrorLineAsync("Listening to");
        var watched = await CommandRun.FinishAsync(_environment, "watch", "--camera", video, "--every", "0.5", "--device-id", "gate-1");
        var heard = await listening.OutputLineAsync("WS:");

        Assert.That(first.Code, Is.EqualTo(1), first.Errors);
        Assert.That(first.Lines, Does.Contain("ayu: 2 saved, 0 already enrolled, 1 refused"));
        Assert.That(first.Lines, Does.Contain("citra: 1 saved, 0 already enrolled, 0 refused"));
        var refused = first.Lines.Where(l => l.StartsWith("refused\t", StringComparison.Ordinal)).ToArray();
        Assert.That(refused.Select(l => string.Join('|', l.Split('\t')[1..3])), Is.EqualTo(new[]
        {
            "ayu/wall.png|no_face", "dewa/ayu again.png|duplicate_person", "dewa/text.jpg|invalid_image",
        }));
        Assert.That(refused[1], Does.Match(@"\(ayu, similarity 0\.\d{1,4}\)$"));
        Assert.That(second.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 3 refused"));
        Assert.That(again.Lines[^1], Is.EqualTo("Total: 3 students: 0 saved, 3 already enrolled, 3 refused"));
        Assert.That(recognized.Output, Does.Match(@"\Aayu 0\.\d{1,4} \[\d+,\d+,\d+,\d+\]\n\z"));
        Assert.That(File.Exists(Path.Combine(_folder.Root, "copy.jpg")), Is.True);
        Assert.That(survey.Code, Is.Zero, survey.Errors);
        Assert.That(survey.Output,
            Does.Contain("# Own gallery").And.Contain("2 students, 2 of them compared with all others").And.Contain("| 1 % |"));
        Assert.That(watched.Code, Is.Zero, watched.Errors);
        var dispatches = watched.Lines.Where(l => l.StartsWith("dispatch", StringComparison.Ordinal)).ToArray();
        Assert.That(dispatches[0], Is.EqualTo("""dispatch[ayu] -> sent (200) {"stored":true}"""));
        Assert.That(dispatches[1..], Is.All.Match(@"^dispatch\[ayu\] -> skipped \(-\) cooldown_active \(\d+s left\)$"));
        Assert.That(heard, Does.StartWith("""WS: {"type":"recognized","student_id":"ayu","distance":0."""));
        Assert.That(_real.Receiver.Received.Single().Body, Does.Contain("\"device_id\":\"gate-1\""));
    }

    [Test]
    public async Task ImportThenExport_AgainstTheServer_KeepsTheRosterAndItsPhotos()
    {
        var roster = _folder.Write(
            "roster.csv",
            "student_id;full_name;class_name;photo\r\nroster1;\"Elok; E.\";7B;portraits/elok.png\r\nroster2;=Gita;7B;\r\nroster " +
            "3;Bad;7B;\r\nroster4;Hana;7B;none.png\r\n");
        Draw("photos/portraits/elok.png", DrawnFaces.Portrait(DrawnPerson.Dewa));
        Draw("photos/ROSTER2.PNG", DrawnFaces.Empty());
        var photos = Path.Combine(_folder.Root, "photos");
        var zip = Path.Combine(_folder.Root, "photos.zip");
        System.IO.Compression.ZipFile.CreateFromDirectory(photos, zip);

        var dry = await CommandRun.FinishAsync(_environment, "import", roster, "--photos", photos, "--dry-run");
        var first = await CommandRun.FinishAsync(_environment, "import", roster, "--photos", photos);
        var again = await CommandRun.FinishAsync(_environment, "import", roster, "--photos", zip);
        await _real.Database.ExecuteAsync(
            """
            INSERT INTO attendance_records (school_id, id, student_id, at, status, origin, evidence)
            SELECT school_id, gen_random_uuid(), id, '2026-01-05T07:00:00Z', 'present', 'camera', '{}' FROM students WHERE id = 'roster2'
            """);
        var exported = await CommandRun.FinishAsync(
            _environment, "export", "attendance", "--from", "2026-01-05", "--to", "2026-01-05", "--class", "7B");

        Assert.That(dry.Lines[^2..],
            Is.EqualTo(new[] { "Total: 4 rows: would be 3 created, 0 updated, 0 unchanged, 1 refused", "Photos: 3 would be sent" }));
        Assert.That(first.Lines, Does.Contain("Total: 4 rows: 3 created, 0 updated, 0 unchanged, 1 refused"), first.Errors);
        Assert.That(first.Lines, Does.Contain("Photos: 1 saved, 0 already enrolled, 2 refused"));
        Assert.That(first.Lines, Has.Some.StartsWith("refused\tline 4\troster 3\trequest.invalid_field\t"));
        Assert.That(first.Lines, Has.Some.StartsWith("refused\troster2.png\troster2\tenrollment.no_face\t"));
        Assert.That(first.Lines, Does.Contain("refused\tnone.png\troster4\tunreadable\tThere is no photo of this name."));
        Assert.That(first.Code, Is.EqualTo(1));
        Assert.That(again.Lines, Does.Contain("Total: 4 rows: 0 created, 0 updated, 3 unchanged, 1 refused"));
        Assert.That(again.Lines, Does.Contain("Photos: 0 saved, 1 already enrolled, 2 refused"));
        Assert.That(exported.Code, Is.Zero, exported.Errors);
        Assert.That(exported.Lines[1], Does.StartWith("2026-01-05,07:00:00,2026-01-05T07:00:00+00:00,roster2,'=Gita,7B,present,camera,"));
    }

    [Test]
    public async Task Users_AddedDisabledGivenAPassword_AreListedAsTheyAre()
    {
        var added = await TypingAsync(
            "correct horse", "user", "add", "Ayu", "--role", "student", "--student-id", "siswaA", "--password-stdin");
        var again = await TypingAsync("correct horse", "user", "add", "ayu", "--role", "admin", "--password-stdin");
        var weak = await TypingAsync("short", "user", "passwd", "ayu", "--password-stdin");
        var changed = await TypingAsync("another horse", "user", "passwd", "ayu", "--password-stdin");
        var loggedOut = await TypingAsync("", "user", "logout", "ayu");
        var disabled = await TypingAsync("", "user", "disable", "ayu");
        var unknown = await TypingAsync("", "user", "enable", "bob");
        var listed = await TypingAsync("", "user", "list");

        Assert.That((added.Code, added.Output), Is.EqualTo((0, "Ayu may log in.\n")), added.Errors);
        Assert.That(
            (again.Code, again.Errors), Is.EqualTo((1, "account.name_taken: Another user of the school has the name; choose another.\n")));
        Assert.That((weak.Code, weak.Errors), Is.EqualTo((1, "request.invalid_field: A password has 8 to 1024 characters.\n")));
        Assert.That((loggedOut.Code, loggedOut.Output), Is.EqualTo((0, "ayu is logged out everywhere.\n")), loggedOut.Errors);
        Assert.That((changed.Code, disabled.Code, unknown.Code), Is.EqualTo((0, 0, 1)), changed.Errors + disabled.Errors);
        Assert.That(listed.Lines, Is.EqualTo(new[] { "ayu\tstudent\tsiswaA\tdisabled" }));
    }

    private async Task<Outcome> TypingAsync(string input, params string[] words)
    {
        var before = Console.In;
        Console.SetIn(new StringReader(input + "\n"));
        try
        {
            return await CommandRun.FinishAsync(_environment, words);
        }
        finally
        {
            Console.SetIn(before);
        }
    }

    private string Draw(string name, byte[] picture)
    {
        var path = _folder.Write(name, "");
        File.WriteAllBytes(path, picture);
        return path;
    }
}
