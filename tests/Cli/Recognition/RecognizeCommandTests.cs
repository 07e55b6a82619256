using FaceAttendance.Infrastructure.Imaging;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Recognition;

[TestFixture]
public class RecognizeCommandTests
{
    private const string TwoFaces = """
        {"ok":true,"frame_info":{"w":200,"h":160},
        "results":[{"box":[60,150,120,90],"label":"siswaA","distance":0.38},{"box":[60,40,90,10],"label":"Unknown","distance":0.7125}]}
        """;

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
    public async Task Recognize_Faces_PrintsALineForEach()
    {
        _server.RecognizeBody = TwoFaces;

        var outcome = await RecognizeAsync(_folder.Write("a.jpg", "x"));

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Is.EqualTo(new[] { "siswaA 0.38 [60,150,120,90]", "Unknown 0.7125 [60,40,90,10]" }));
    }

    [Test]
    public async Task Recognize_EmptyGallery_PrintsTheGreatestDistance()
    {
        _server.RecognizeBody = """{"ok":true,"results":[{"box":[1,2,3,0],"label":"Unknown","distance":1.0}]}""";

        var outcome = await RecognizeAsync(_folder.Write("a.jpg", "x"));

        Assert.That(outcome.Lines, Is.EqualTo(new[] { "Unknown 1 [1,2,3,0]" }));
    }

    [Test]
    public async Task Recognize_NoFace_PrintsNothingAndSaysSo()
    {
        var outcome = await RecognizeAsync(_folder.Write("a.jpg", "x"));

        Assert.That(outcome.Code, Is.Zero);
        Assert.That(outcome.Output, Is.Empty);
        Assert.That(outcome.Errors, Does.StartWith("No face in "));
    }

    [Test]
    public async Task Recognize_Json_PrintsTheAnswerAsItIs()
    {
        _server.RecognizeBody = TwoFaces;

        var outcome = await RecognizeAsync(_folder.Write("a.jpg", "x"), "--json");

        Assert.That(outcome.Output, Is.EqualTo(TwoFaces + "\n"));
    }

    [TestCase(".jpg")]
    [TestCase(".png")]
    [TestCase(".webp")]
    public async Task Recognize_Out_WritesACopyWithBoxes(string extension)
    {
        _server.RecognizeBody = TwoFaces;
        var image = Path.Combine(_folder.Root, "white.png");
        ImageCanvas.Blank(200, 160, CanvasColor.White).Save(image);
        var before = await File.ReadAllBytesAsync(image);
        var copy = Path.Combine(_folder.Root, "copy" + extension);

        var outcome = await RecognizeAsync(image, "--out", copy);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        var drawn = ImageCanvas.Open(await File.ReadAllBytesAsync(copy)).Value;
        Assert.That((drawn.Width, drawn.Height), Is.EqualTo((200, 160)));
        Assert.That(ColorAt(drawn, x: 90, y: 100), Is.EqualTo(CanvasColor.Green).Using<CanvasColor>(Alike));
        Assert.That(ColorAt(drawn, x: 10, y: 80), Is.EqualTo(CanvasColor.Red).Using<CanvasColor>(Alike));
        Assert.That(ColorAt(drawn, x: 120, y: 90), Is.EqualTo(CanvasColor.White).Using<CanvasColor>(Alike));
        Assert.That(ColorAt(drawn, x: 190, y: 150), Is.EqualTo(CanvasColor.White).Using<CanvasColor>(Alike));
        Assert.That(await File.ReadAllBytesAsync(image), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(_folder.Root), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Recognize_OutCannotBeWritten_ExitsOneAfterPrinting()
    {
        _server.RecognizeBody = TwoFaces;
        var image = Path.Combine(_folder.Root, "white.png");
        ImageCanvas.Blank(200, 160, CanvasColor.White).Save(image);

        var outcome = await RecognizeAsync(image, "--out", Path.Combine(_folder.Root, "missing", "copy.jpg"));

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Lines, Has.Length.EqualTo(2));
        Assert.That(outcome.Errors, Does.Contain("copy.jpg cannot be written: "));
    }

    [Test]
    public async Task Recognize_RefusedImage_ExitsOneWithTheReason()
    {
        _server.RecognizeStatus = 400;
        _server.RecognizeBody = """{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image"}""";
        var file = _folder.Write("a.jpg", "x");

        var outcome = await RecognizeAsync(file);

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Is.EqualTo($"{file}: invalid_image: Gambar tidak valid\n"));
    }

    [Test]
    public async Task Recognize_MissingFile_ExitsOneWithoutAskingTheServer()
    {
        var outcome = await RecognizeAsync(Path.Combine(_folder.Root, "missing.jpg"));

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain("missing.jpg cannot be read: "));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public async Task Recognize_LabelThatIsATerminalCommand_IsEscaped()
    {
        _server.RecognizeBody = """{"ok":true,"results":[{"box":[1,2,3,0],"label":"[red]\u001b[2J","distance":0.1}]}""";

        var outcome = await RecognizeAsync(_folder.Write("a.jpg", "x"));

        Assert.That(outcome.Lines, Is.EqualTo(new[] { @"[red]\u001b[2J 0.1 [1,2,3,0]" }));
    }

    private Task<Outcome> RecognizeAsync(params string[] words) => CommandRun.FinishAsync(_environment, ["recognize", .. words]);

    private static CanvasColor ColorAt(ImageCanvas canvas, int x, int y)
    {
        var at = ((y * canvas.Width) + x) * 3;
        return new(canvas.Rgb[at], canvas.Rgb[at + 1], canvas.Rgb[at + 2]);
    }

    // JPEG and WebP shift colours at an edge: half the colour may have bled away, the rest still tells green from red from white.
    private static bool Alike(CanvasColor a, CanvasColor b) =>
        Math.Abs(a.R - b.R) + Math.Abs(a.G - b.G) + Math.Abs(a.B - b.B) < 150;
}
