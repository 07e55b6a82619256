using System.Globalization;
using FaceAttendance.Application;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

public sealed class ModelStoreTests
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("models").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Resolve_StarterProfile_IsInTheRepository()
    {
        var profile = Resolve(new() { Profile = "starter" });

        Assert.That(profile.Embedder.Entry.Commercial, Is.True);
        Assert.That(profile.Embedder.Entry.Contract.Value, Does.StartWith(profile.Embedder.Entry.Sha256[..16]).And.EndsWith(".mirrored"));
    }

    [Test]
    public void Resolve_CorruptedWeights_NamesFileAndBothDigests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "starter"));
        File.WriteAllText(Path.Combine(_folder, "starter", "detector.onnx"), "not a model");

        var refused = Assert.Throws<StartupException>(() => Resolve(new() { Profile = "starter", ModelsDirectory = _folder }));

        Assert.That(refused!.Message, Does.Contain("starter/detector.onnx").And.Contain("e977e949").And.Contain("fetch-and-verify.sh"));
    }

    [Test]
    public void Resolve_WeightsNowhere_NamesThemAndEveryPlace()
    {
        var refused = Assert.Throws<StartupException>(() => Resolve(new() { Profile = "accurate", ModelsDirectory = _folder }));

        Assert.That(refused!.Message, Does.Contain(_folder).And.Contain("onnx-models").And.Contain("fetch-and-verify.sh"));
    }

    [Test]
    public void Resolve_NonCommercialWeightsNotAccepted_RefusesAndNamesTheSetting() => Assert.That(
        () => Resolve(new() { Profile = "insightface" }),
        Throws.TypeOf<StartupException>().With.Message.Contains("FACE_ACCEPT_NONCOMMERCIAL").And.Message.Contains("non-commercial"));

    [Test]
    public void Resolve_UnknownProfile_ListsTheKnownOnes() => Assert.That(
        () => Resolve(new() { Profile = "best" }),
            Throws.TypeOf<StartupException>().With.Message.Contains("'best'").And.Message.Contains("standard, starter"));

    [Test]
    public void Open_ModelsDirectoryIsNoFolder_Refuses() => Assert.That(
        () => Resolve(new() { ModelsDirectory = "/nowhere/at/all" }),
            Throws.TypeOf<StartupException>().With.Message.Contains("FACE_MODELS_DIR"));

    [TestCase("{", "manifest.json")]
    [TestCase("""{"models":{},"profiles":{},"more":1}""", "more")]
    [TestCase("""{"models":{"x":{"kind":"embedder","file":"x"}},"profiles":{}}""", "manifest.json")]
    public void Load_ManifestThatDoesNotFollowTheFormat_SaysWhere(string json, string named)
    {
        var path = Path.Combine(_folder, "manifest.json");
        File.WriteAllText(path, json);

        Assert.That(() => ModelManifest.Load(path), Throws.TypeOf<StartupException>().With.Message.Contains(named));
    }

    [Test]
    [NonParallelizable]
    public void Resolve_WeightsInANuGetPackage_AreTakenFromThereAndVerified()
    {
        SharedFiles.Require("models/FaceDetector.onnx");
        var file = Path.Combine(_folder, "faceaisharp.models.arcface.lresnet100e-ir-int8", "0.1.0", "contentFiles", "any", "any", "onnx",
            "arcfaceresnet100-11-int8.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "stands in for the weights");
        var before = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", _folder);
        try
        {
            void Act() => Resolve(new() { Profile = "accurate" });

            Assert.That(Act,
                Throws.TypeOf<StartupException>().With.Message.Contains($"{file} have the SHA-256").And.Message.Contains("manifest says"));
            File.Delete(file);
            Assert.That(Act,
                Throws.TypeOf<StartupException>().With.Message.Contains(
                "install the NuGet package FaceAiSharp.Models.ArcFace.LResNet100E-IR-int8"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("NUGET_PACKAGES", before);
        }
    }

    [Test]
    public void DefaultProfiles_EveryModel_AllowsCommercialUse()
    {
        var manifest = ModelStore.Open(new()).Manifest;

        var restricted = new[] { "standard", "starter", "accurate" }.SelectMany(p => manifest.Profiles[p].Models)
            .Where(m => !manifest.Models[m].Commercial);

        Assert.That(restricted, Is.Empty);
    }

    [Test]
    public void AccuracyPage_ThresholdsByGallerySize_FollowFromTheManifest()
    {
        var options = new RecognitionOptions();
        var embedder = (EmbedderEntry)ModelStore.Open(new()).Manifest.Models["mobilefacenet-arcface-128"];
        (options.BaseThreshold, options.Calibration) = (embedder.BaseThreshold, embedder.Scores);
        var cells = new[] { 100, 400, 1200, 2500 }.Select(n => options.PolicyFor(new(n, 0)))
            .Select(p =>
                string.Create(CultureInfo.InvariantCulture, $"{p.Threshold:0.000} ({Math.Round(p.Scale.DistanceOf(p.Threshold), 3)})"));

        var page = File.ReadAllText(Path.Combine(SharedFiles.ProjectRoot, "docs", "accuracy.md"));

        Assert.That(page, Does.Contain($"from which a face counts | {string.Join(" | ", cells)} |"));
    }

    private static ResolvedProfile Resolve(InferenceOptions options) =>
        ModelStore.Open(options).Resolve(options.Profile, NullLogger.Instance);
}
