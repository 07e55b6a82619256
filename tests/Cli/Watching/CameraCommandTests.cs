using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Watching;

[TestFixture]
public class CameraCommandTests
{
    private TemporaryFolder _folder = null!;
    private string _video = null!;
    private ContractServer _server = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new();
        _video = Path.Combine(_folder.Root, "film.mp4");
        GeneratedVideo.Write(_video, seconds: 1);
        _server = await ContractServer.StartAsync();
        _server.RecognizeBody = """{"ok":true,"results":[{"box":[100,220,200,120],"label":"siswaA","distance":0.38}]}""";
        _environment = new() { ["FACE_SERVER"] = _server.Url };
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Camera_OutFolder_HoldsEveryFrameAnnotated()
    {
        var frames = Path.Combine(_folder.Root, "frames");

        var outcome = await CameraAsync("--every", "0.1", "--out", frames);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        var files = Directory.GetFiles(frames).Order().ToArray();
        Assert.That(files, Has.Length.GreaterThan(1));
        Assert.That(Path.GetFileName(files[0]), Is.EqualTo("frame-000001.jpg"));
        Assert.That(outcome.Lines, Has.Length.EqualTo(files.Length).And.All.EqualTo("siswaA 0.38 [100,220,200,120]"));
        foreach (var file in files)
        {
            var frame = ImageCanvas.Open(File.ReadAllBytes(file)).Value;
            Assert.That((frame.Width, frame.Height), Is.EqualTo((320, 240)));
            Assert.That(IsGreen(frame, x: 121, y: 150), Is.True, file);
        }
        Assert.That(_server.Requests, Is.All.EqualTo("POST /recognize"));
    }

    [Test]
    public async Task Camera_OutFile_HoldsTheLatestFrame()
    {
        var latest = Path.Combine(_folder.Root, "latest.jpg");

        var outcome = await CameraAsync("--every", "0.1", "--out", latest);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(IsGreen(ImageCanvas.Open(await File.ReadAllBytesAsync(latest)).Value, x: 121, y: 150), Is.True);
        Assert.That(Directory.GetFiles(_folder.Root), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Camera_NoDisplayAndNoOut_ExitsTwo()
    {
        var outcome = await CameraAsync();

        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.Errors, Does.StartWith("There is no display for a window here, so --out is needed"));
    }

    [Test]
    public async Task Camera_OutPng_ExitsTwo()
    {
        var outcome = await CameraAsync("--out", Path.Combine(_folder.Root, "latest.png"));

        Assert.That(outcome.Code, Is.EqualTo(2));
    }

    [Test]
    public async Task Camera_Display_ShowsTheFramesInAWindow()
    {
        // SDL's dummy driver is a display without a screen, so ffplay runs whole.
        _environment["SDL_VIDEODRIVER"] = "dummy";
        _environment["DISPLAY"] = ":4711";

        using var run = ChildProcess.Start(_environment, "camera", _video, "--every", "0.1");
        var outcome = await run.EndAsync();

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Has.Length.GreaterThan(1).And.All.EqualTo("siswaA 0.38 [100,220,200,120]"));
        Assert.That(outcome.Errors, Is.Empty);
    }

    [Test]
    public async Task Camera_DisplayThatDoesNotOpen_ExitsOneAndNamesTheWayOut()
    {
        GeneratedVideo.Write(_video, seconds: 20);
        _environment["DISPLAY"] = ":4711";

        using var run = ChildProcess.Start(_environment, "camera", _video, "--every", "0.1");
        var outcome = await run.EndAsync();

        Assert.That(outcome.Code, Is.EqualTo(1), outcome.Errors);
        Assert.That(outcome.Errors, Does.StartWith("The window cannot be shown: ").And.Contain("Use --out"));
    }

    private Task<Outcome> CameraAsync(params string[] options) => CommandRun.FinishAsync(_environment, ["camera", _video, .. options]);

    private static bool IsGreen(ImageCanvas canvas, int x, int y)
    {
        var at = ((y * canvas.Width) + x) * 3;
        return canvas.Rgb[at + 1] > canvas.Rgb[at] + 60 && canvas.Rgb[at + 1] > canvas.Rgb[at + 2] + 30;
    }
}
