namespace FaceAttendance.Infrastructure.Inference;

/// <summary>How full the way to the models is at a moment.</summary>
/// <param name="Busy">Workers that analyze a picture.</param>
/// <param name="Waiting">Pictures that wait for one.</param>
/// <param name="QueueLength">How many may wait.</param>
public readonly record struct GateReading(int Workers, int Busy, int Waiting, int QueueLength);

/// <summary>A weight file in use.</summary>
/// <param name="Sha256">Lower-case hex; the file had it at the start.</param>
public sealed record ModelInUse(string Name, string File, string Sha256);

/// <summary>What pictures are looked at with. Thread-safe.</summary>
public sealed class InferenceState
{
    private readonly FaceAnalyzer _analyzer;

    internal InferenceState(InferenceDescription description, ResolvedProfile profile, FaceAnalyzer analyzer, InferenceOptions options)
    {
        (Description, _analyzer) = (description, analyzer);
        IsStandIn = string.IsNullOrEmpty(options.Profile) && profile.Name == ModelStore.Starter;
        Models =
        [
            .. profile.Detectors.Select(Of), Of(profile.Embedder), Of(profile.Landmarks), .. profile.HeadPose.Select(Of),
            .. profile.AntiSpoof.Select(Of),
        ];
    }

    public InferenceDescription Description { get; }

    /// <summary>The starter weights, because the standard ones are not here.</summary>
    public bool IsStandIn { get; }

    public IReadOnlyList<ModelInUse> Models { get; }

    /// <summary>What templates are stored under.</summary>
    public string Contract => _analyzer.Contract.Value;

    public GateReading ReadGate() => _analyzer.ReadGate();

    private static ModelInUse Of<T>(ModelFile<T> model) where T : ModelEntry => new(model.Name, model.Entry.File, model.Entry.Sha256);
}
