using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>A profile's models, and the clips that they look at.</summary>
public abstract class LivenessModelsFixture(string profile)
{
    private protected FaceModels Models { get; private set; } = null!;

    private protected FaceAnalyzer Analyzer { get; private set; } = null!;

    private protected LivenessPlayer Player { get; private set; } = null!;

    [OneTimeSetUp]
    public void LoadModels()
    {
        SharedFiles.Require("faces");
        var options = new InferenceOptions { Profile = profile, Workers = 1 };
        Models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        Analyzer = new FaceAnalyzer(Models, options, new ServerCaller());
        Player = new(Analyzer, Models.Embedder.Entry.VerificationThreshold);
    }

    [OneTimeTearDown]
    public void UnloadModels()
    {
        Analyzer?.Dispose();
        Models?.Dispose();
    }

    private protected async Task<LivenessFace> FaceAsync(string file) => (await Player.AnalyzeAsync(Read(file))).Face!;

    private protected async Task<Embedding> TemplateAsync(byte[] frame) => (await Player.AnalyzeAsync(frame)).Face!.Embedding;

    private protected static byte[] Read(string file) => File.ReadAllBytes(SharedFiles.Require($"faces/liveness/{file}"));

    private protected static List<byte[]> Clip(string folder) =>
        [.. Directory.GetFiles(SharedFiles.Require($"faces/liveness/{folder}")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
