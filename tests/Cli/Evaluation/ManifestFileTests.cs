using System.Text;
using System.Text.Json;
using FaceAttendance.Cli.Evaluation;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Evaluation;

[TestFixture]
public class ManifestFileTests
{
    private static readonly (double, double)[] One = [(0.1, 0.2), (0.00005, 0.4)];
    private static readonly (double, double)[] Several = [(0.1, 0.25), (0.01, 0.35)];

    [TestCase("starter-embedder", TestName = "Edit_ModelWithACalibration_ReplacesItAlone")]
    [TestCase("arcface-resnet100-int8", TestName = "Edit_ModelWithoutOne_GetsIt")]
    public void Edit(string model)
    {
        var before = File.ReadAllText(Path.Combine(SharedFiles.ProjectRoot, "onnx-models", "manifest.json"));

        var after = Encoding.UTF8.GetString(ManifestFile.Edit(Encoding.UTF8.GetBytes(before), model, "a \"set\"", One, Several));

        using var folder = new TemporaryFolder();
        var entry = (EmbedderEntry)ModelManifest.Load(folder.Write("manifest.json", after)).Models[model];
        Assert.That(entry.Calibration!.Measured, Is.EqualTo("a \"set\""));
        Assert.That(entry.Calibration.Impostors.One, Is.EqualTo(new[] { new[] { 0.1, 0.2 }, [0.00005, 0.4] }));
        Assert.That(entry.Calibration.Impostors.Several, Is.EqualTo(new[] { new[] { 0.1, 0.25 }, [0.01, 0.35] }));
        Assert.That(after, Does.Contain("\n          \"one\": [[0.1, 0.200], [0.00005, 0.400]],\n"));
        // Every line but the calibration's own stands as it stood.
        string[] own = ["\"calibration\"", "\"measured\"", "\"impostors\"", "\"one\"", "\"several\""];
        var others = before.Split('\n').Where(l => !own.Any(l.Contains)).ToList();
        Assert.That(
            after.Split('\n').Where(l => others.Contains(l) || l.Trim() is "}" or "},").Count(), Is.GreaterThanOrEqualTo(others.Count - 1));
    }

    [Test]
    public void Edit_Twice_IsAsOnce()
    {
        var manifest = File.ReadAllBytes(Path.Combine(SharedFiles.ProjectRoot, "onnx-models", "manifest.json"));

        var once = ManifestFile.Edit(manifest, "arcface-resnet100-int8", "set", One, Several);

        Assert.That(ManifestFile.Edit(once, "arcface-resnet100-int8", "set", One, Several), Is.EqualTo(once));
    }

    [Test]
    public void Edit_UnknownModel_NamesIt() => Assert.That(
        () => ManifestFile.Edit("""{"models":{"other":{"calibration":1}},"profiles":{"mine":{}}}"""u8.ToArray(), "mine", "", One, Several),
        Throws.TypeOf<JsonException>().With.Message.Contains("'mine'"));
}
