using System.Text.Json;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests;

/// <summary>What programs get with --json: lines of JSON on standard output and nothing else there.</summary>
[TestFixture]
public class JsonTests
{
    private TemporaryFolder _folder = null!;
    private ContractServer _server = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new();
        _server = await ContractServer.StartAsync();
        _environment = new() { ["FACE_SERVER"] = _server.Url, ["XDG_STATE_HOME"] = Path.Combine(_folder.Root, "state") };
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Enroll_Json_HasALineForEachStudentRefusalAndRemark()
    {
        _folder.Write("known_faces/ayu/1.jpg", "face");
        _folder.Write("known_faces/ayu/2.jpg", "no face");
        _folder.Write("known_faces/bob/1.jpg", "sideways");

        var outcome = await CommandRun.FinishAsync(
            _environment, "enroll", Path.Combine(_folder.Root, "known_faces"), "--json", "--parallel", "1");

        Assert.That(outcome.Code, Is.EqualTo(1), outcome.Errors);
        Assert.That(outcome.Lines, Is.EquivalentTo(new[]
        {
            """{"type":"student","student_id":"ayu","saved":1,"already_enrolled":0,"refused":1}""",
            """{"type":"student","student_id":"bob","saved":1,"already_enrolled":0,"refused":0}""",
            """{"type":"refused","photo":"ayu/2.jpg","code":"no_face","message":"No face was found."}""",
            """{"type":"turned","photo":"bob/1.jpg","message":"90: the photo had to be turned by 90 degrees clockwise."}""",
            """{"type":"total","students":2,"saved":2,"already_enrolled":0,"refused":1}""",
        }));
    }

    [Test]
    public async Task Watch_Json_HasTheServersEventsAndTheDispatches()
    {
        _server.RealtimeBody =
            """{"ok":true,"results":[],"dispatch":[{"label":"ayu","report":{"status":"skipped","reason":"cooldown_active (3s left)"}}]}""";
        var picture = _folder.Write("white.png", "");
        ImageCanvas.Blank(64, 64, CanvasColor.White).Save(picture);
        var video = Path.Combine(_folder.Root, "still.mp4");
        GeneratedVideo.WriteStill(video, picture, seconds: 1);
        await using var listening = CommandRun.Start(_environment, "watch", "--json");
        await _server.Listening.ArriveAsync();
        await _server.SayAsync("""{"type":"recognized","student_id":"ayu","ts":1}""");
        var heard = await listening.OutputLineAsync("recognized");

        var watched = await CommandRun.FinishAsync(_environment, "watch", "--json", "--camera", video);

        Assert.That(heard, Is.EqualTo("""{"type":"recognized","student_id":"ayu","ts":1}"""));
        Assert.That(watched.Lines[0],
            Is.EqualTo(
                """{"type":"dispatch","label":"ayu","status":"skipped","http_status":null,"message":"cooldown_active (3s left)"}"""));
        Assert.That(watched.Lines, Is.All.Matches<string>(line => JsonDocument.Parse(line).RootElement.ValueKind == JsonValueKind.Object));
    }

    [Test]
    public async Task Recognize_RefusedWithJson_SaysWhyInWordsOnStandardError()
    {
        _server.RecognizeStatus = 400;
        _server.RecognizeBody = """{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image"}""";
        var file = _folder.Write("a.jpg", "x");

        var outcome = await CommandRun.FinishAsync(_environment, "recognize", file, "--json");

        Assert.That((outcome.Code, outcome.Output, outcome.Errors), Is.EqualTo((1, "", $"{file}: invalid_image: Gambar tidak valid\n")));
    }
}
