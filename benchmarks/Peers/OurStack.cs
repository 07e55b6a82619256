using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks.Peers;

/// <summary>The server's own way, as it recognises a single picture.</summary>
internal sealed class OurStack : IStack
{
    private readonly FaceModels _models;
    private readonly FaceAnalyzer _analyzer;

    public OurStack(string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true, Workers = 1 };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _analyzer = new FaceAnalyzer(_models, options, new ServerCaller());
        _analyzer.WarmUp();
        Name = $"FaceAttendance, profile {profile}";
    }

    public string Name { get; }

    public IReadOnlyList<Face> Embed(byte[] jpeg)
    {
        var seen = _analyzer.AnalyzeAsync(SchoolId.First, jpeg, FramePurpose.Recognize, CancellationToken.None).GetAwaiter().GetResult();
        return seen.Error is null ? [.. seen.Value.Faces.Select(f => new Face(
            f.Box.Left + (f.Box.Width / 2), f.Box.Top + (f.Box.Height / 2), f.Embedding!.Values.ToArray()))] : [];
    }

    public void Dispose()
    {
        _analyzer.Dispose();
        _models.Dispose();
    }
}
