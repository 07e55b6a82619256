using System.Diagnostics;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>What runs, for health answers and the log.</summary>
/// <param name="Profile">Name in the manifest.</param>
/// <param name="Runtime">ONNX Runtime's version.</param>
/// <param name="Dimension">Values of one embedding.</param>
public sealed record InferenceDescription(string Profile, string Runtime, int Dimension);

public static class InferenceServices
{
    /// <summary>Registers the frame's way. Models are loaded and warmed when the host starts, before it listens.</summary>
    public static IServiceCollection AddInference(this IServiceCollection services)
    {
        services.AddImaging();
        services.AddOptionsWithValidateOnStart<InferenceOptions, InferenceOptionsValidator>().BindConfiguration("Inference");
        services.AddOptionsWithValidateOnStart<RecognitionOptions, RecognitionOptionsValidator>().BindConfiguration("Recognition");
        services.AddSingleton<IPostConfigureOptions<RecognitionOptions>, CalibratedRecognition>();
        services.AddSingleton<IPostConfigureOptions<LivenessOptions>, CalibratedVerification>();

        services.AddSingleton(provider => ModelStore.Open(provider.GetRequiredService<IOptions<InferenceOptions>>().Value));
        services.AddSingleton(provider => provider.GetRequiredService<ModelStore>().Resolve(
            provider.GetRequiredService<IOptions<InferenceOptions>>().Value.Profile, provider.GetRequiredService<ILogger<ModelStore>>()));
        services.AddSingleton(provider => FaceModels.Load(provider.GetRequiredService<ResolvedProfile>()));
        services.TryAddSingleton<ICaller, ServerCaller>();
        services.AddSingleton<FaceAnalyzer>(provider => new(
            provider.GetRequiredService<FaceModels>(), provider.GetRequiredService<IOptions<InferenceOptions>>().Value,
            provider.GetRequiredService<ICaller>()));
        services.AddSingleton<IFaceAnalyzer>(provider => provider.GetRequiredService<FaceAnalyzer>());
        services.AddSingleton<IFaceTracks>(provider => new FrameFollower(
            provider.GetRequiredService<FaceAnalyzer>(), provider.GetRequiredService<IOptions<InferenceOptions>>().Value,
            provider.GetRequiredService<ResolvedProfile>().Embedder.Entry.VerificationThreshold, provider.GetRequiredService<ICaller>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILivenessAnalyzer>(provider => provider.GetRequiredService<FaceAnalyzer>());
        services.AddSingleton<IFrameTurns>(provider => provider.GetRequiredService<FaceAnalyzer>());
        services.AddSingleton(provider =>
        {
            var models = provider.GetRequiredService<FaceModels>();
            return new InferenceDescription(models.Profile, OrtModel.RuntimeVersion, models.Embedder.Entry.Dimension);
        });
        services.AddSingleton(provider => new InferenceState(
            provider.GetRequiredService<InferenceDescription>(), provider.GetRequiredService<ResolvedProfile>(),
            provider.GetRequiredService<FaceAnalyzer>(), provider.GetRequiredService<IOptions<InferenceOptions>>().Value));
        services.AddHostedService<InferenceStarter>();
        return services;
    }

    /// <summary>The embedder's own calibration.</summary>
    private sealed class CalibratedRecognition(ResolvedProfile profile) : IPostConfigureOptions<RecognitionOptions>
    {
        public void PostConfigure(string? name, RecognitionOptions options)
        {
            options.BaseThreshold = profile.Embedder.Entry.BaseThreshold;
            options.Calibration = profile.Embedder.Entry.Scores;
            options.LeastOwnSimilarity ??= profile.Embedder.Entry.LeastOwnSimilarity;
        }
    }

    /// <summary>Fills what the operator left open with the embedder's threshold for comparing two faces.</summary>
    private sealed class CalibratedVerification(ResolvedProfile profile) : IPostConfigureOptions<LivenessOptions>
    {
        public void PostConfigure(string? name, LivenessOptions options) =>
            options.VerificationThreshold ??= profile.Embedder.Entry.VerificationThreshold;
    }
}

/// <summary>
/// Loads the models and sends one picture through them, so that a wrong file stops the start and the first frame is no slower than the
/// second. It does so while the first phase of the host prepares the rest, and is done before any service of the second starts.
/// </summary>
internal sealed partial class InferenceStarter(
    FaceModels models, FaceAnalyzer analyzer, InferenceDescription description, IOptions<RecognitionOptions> options,
    ILogger<InferenceStarter> logger) : IHostedLifecycleService
{
    private Task _warmUp = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        LeaveThreadsToOthers();
        _warmUp = Task.Run(WarmUp, cancellationToken);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => _warmUp;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void WarmUp()
    {
        var clock = Stopwatch.StartNew();
        if (!analyzer.WarmUp()) return;
        foreach (var detector in models.Detectors)
        {
            if (detector.Fixed is { } why) Log.Square(logger, detector.Entry.File, detector.Side, why);
        }
        Log.Ready(logger, description.Profile, description.Runtime, analyzer.Contract.Value, clock.ElapsedMilliseconds);
        if (options.Value is { Tolerance: > DistanceScale.AtThreshold and var tolerance } loose)
        {
            var policy = loose.PolicyFor(default);
            Log.Loose(logger, tolerance, DistanceScale.AtThreshold, Math.Round(policy.Threshold, 4), Math.Round(policy.Scale.Threshold, 4));
        }
    }

    /// <summary>
    /// A password's hash and a large picture's header hold a thread of the pool for a while, and the pool adds threads beyond its least
    /// number only about twice a second: on a small machine everything else would wait for that.
    /// </summary>
    private static void LeaveThreadsToOthers()
    {
        const int Holders = 2;
        ThreadPool.GetMinThreads(out var threads, out var forIo);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + Holders), forIo);
    }

    private static partial class Log
    {
        [LoggerMessage(1191, LogLevel.Information,
            "Models of profile {Profile} are ready on ONNX Runtime {Runtime}; templates carry contract {Contract}; warm-up " +
            "{Milliseconds} ms.")]
        public static partial void Ready(ILogger logger, string profile, string runtime, string contract, long milliseconds);

        [LoggerMessage(1193, LogLevel.Information,
            "The detector {File} sees every picture in a square of {Side} pixels, because its graph cannot be freed of that size: {Why}.")]
        public static partial void Square(ILogger logger, string file, int side, string why);

        [LoggerMessage(1192, LogLevel.Warning,
            "FACE_TOLERANCE {Tolerance} is looser than the model's calibration, which is {Calibrated}: a face counts as a student from a " +
            "cosine similarity of {Similarity} on instead of {Threshold}, and strangers are taken for students more often.")]
        public static partial void Loose(ILogger logger, double tolerance, double calibrated, double similarity, double threshold);
    }
}
