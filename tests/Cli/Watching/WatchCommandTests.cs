using System.Globalization;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Watching;

[TestFixture]
public class WatchCommandTests
{
    private TemporaryFolder _folder = null!;
    private ContractServer _server = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new();
        _server = await ContractServer.StartAsync();
        _environment = new() { ["FACE_SERVER"] = _server.Url };
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Watch_Events_ArePrintedAsTheyCome()
    {
        const string Event = """{"type":"recognized","student_id":"siswaA","distance":0.37,"ts":1727580000}""";
        await using var run = CommandRun.Start(_environment, "watch");
        await _server.Listening.ArriveAsync();

        await _server.SayAsync(Event);
        await _server.SayAsync("""{"long":"LONG"}""".Replace("LONG", new string('x', 50_000), StringComparison.Ordinal));
        var first = await run.OutputLineAsync("WS:");
        var second = await run.OutputLineAsync("WS:");

        Assert.That(first, Is.EqualTo("WS: " + Event));
        Assert.That(second, Has.Length.EqualTo("""WS: {"long":""}""".Length + 50_000));
    }

    [Test]
    public async Task Watch_Quiet_Pings()
    {
        await using var run = CommandRun.Start(_environment, "watch", "--ping", "0.05");

        await _server.Spoken.ArriveAsync();
        await _server.Spoken.ArriveAsync();

        Assert.That(_server.Heard, Is.All.EqualTo("ping"));
    }

    [Test]
    public async Task Watch_ConnectionLost_ConnectsAgain()
    {
        var port = new Uri(_server.Url).Port;
        await using var run = CommandRun.Start(_environment, "watch");
        await _server.Listening.ArriveAsync();

        await _server.HangUpAsync();
        var closed = await run.ErrorLineAsync("No connection");
        await _server.Listening.ArriveAsync();
        await _server.DisposeAsync();
        await run.ErrorLineAsync("No connection");
        await run.ErrorLineAsync("Connection refused");
        _server = await ContractServer.StartAsync($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
        await _server.Listening.ArriveAsync();
        await _server.SayAsync("back");

        Assert.That(closed, Does.Contain("the server closed it (1001 going)"));
        Assert.That(await run.OutputLineAsync("WS:"), Is.EqualTo("WS: back"));
    }

    [Test]
    public async Task Watch_NotLetIn_ExitsThree()
    {
        _server.Key = "fa_right";

        var outcome = await CommandRun.FinishAsync(_environment, "watch");

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Errors, Does.Contain("does not let this caller in (HTTP 401)"));
    }

    [Test]
    public async Task Watch_Interrupted_Exits130()
    {
        using var run = ChildProcess.Start(_environment, "watch", "--ping", "0.05");
        await _server.Spoken.ArriveAsync();

        run.Signal("INT");
        var outcome = await run.EndAsync();

        Assert.That(outcome.Code, Is.EqualTo(130));
        Assert.That(outcome.Errors, Is.EqualTo($"Listening to {_server.Url}.\n"));
    }

    [Test]
    public async Task Watch_VideoFile_PostsFramesAndPrintsDispatches()
    {
        var video = Path.Combine(_folder.Root, "a film.mp4");
        GeneratedVideo.Write(video, seconds: 1.5);
        _server.RealtimeBody = """
            {"ok":true,"results":[],"dispatch":[
              {"label":"siswaA","report":{"status":"sent","http_status":200,"message":"{\"ok\":true}\n"}},
              {"label":"siswaB","report":{"status":"failed","http_status":null,"message":"webhook_disabled"}},
              {"label":"Unknown","report":{"status":"skipped","reason":"cooldown_active (3s left)"}}]}
            """;

        var outcome = await CommandRun.FinishAsync(
            _environment, "watch", "--camera", video, "--every", "0.2", "--min-conf", "0.3", "--send-unknown", "--device-id", "gate 1");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines[..3], Is.EqualTo(new[]
        {
            """dispatch[siswaA] -> sent (200) {"ok":true}\u000a""",
            "dispatch[siswaB] -> failed (-) webhook_disabled",
            "dispatch[Unknown] -> skipped (-) cooldown_active (3s left)",
        }));
        Assert.That(_server.Requests, Does.Contain("POST /recognize/realtime?min_conf=0.3&send_unknown=true&device_id=gate%201"));
        Assert.That(_server.Frames, Has.Count.GreaterThan(1));
        foreach (var frame in _server.Frames) Assert.That(frame[..2], Is.EqualTo(new byte[] { 0xff, 0xd8 }));
        Assert.That(_server.Frames.Distinct().Count(), Is.EqualTo(_server.Frames.Count));
    }

    [Test]
    public async Task Watch_NoVideoInFile_ExitsOneWithFfmpegsReason()
    {
        var file = _folder.Write("text.mp4", "This is no film.");

        var outcome = await CommandRun.FinishAsync(_environment, "watch", "--camera", file);

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain($"No picture in {file}: ").And.Contain("Invalid data"));
    }

    [Test]
    public async Task Watch_CameraOutOfReach_IsTriedAgain()
    {
        await using var run = CommandRun.Start(_environment, "watch", "--camera", "rtsp://admin:geheim@127.0.0.1:1/x");

        var first = await run.ErrorLineAsync("No picture");
        var second = await run.ErrorLineAsync("No picture");

        Assert.That(first, Does.StartWith("No picture from rtsp://127.0.0.1:1/x: ").And.Contain("Connection refused"));
        Assert.That(first, Does.EndWith("trying again in 1 s."));
        Assert.That(second, Does.EndWith("trying again in 2 s."));
        Assert.That(first + second, Does.Not.Contain("geheim"));
    }

    [Test]
    public async Task Watch_FfmpegMissing_ExitsOneAndSaysWhatToInstall()
    {
        _environment["PATH"] = _folder.Root;
        var file = _folder.Write("a.mp4", "x");

        using var run = ChildProcess.Start(_environment, "watch", "--camera", file);
        var outcome = await run.EndAsync();

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain("ffmpeg, which reads cameras and videos, cannot be started"));
        Assert.That(outcome.Errors, Does.Contain("apt-get install ffmpeg"));
    }
}
