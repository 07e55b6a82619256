using System.Diagnostics;
using System.Diagnostics.Metrics;
using FaceAttendance.Domain;

namespace FaceAttendance.Application.Recognition;

/// <summary>One stage of a picture's way, all its faces together.</summary>
public readonly record struct StageTime(string Stage, TimeSpan Duration);

/// <summary>How long the stages of one picture's way took, in their order. For one thread at a time.</summary>
public sealed class StageTimes
{
    private readonly List<StageTime> _taken = new(8);

    public IReadOnlyList<StageTime> Taken => _taken;

    /// <inheritdoc cref="FrameMetrics.Took"/>
    public long Took(string stage, long since)
    {
        var now = FrameMetrics.Took(stage, since);
        _taken.Add(new(stage, Stopwatch.GetElapsedTime(since, now)));
        return now;
    }

    /// <summary>Time that was spent and that is no work: it is told, and counted elsewhere.</summary>
    public void Waited(long since) => _taken.Add(new("wait", Stopwatch.GetElapsedTime(since)));
}

/// <summary>Frames by what came of them, the time each stage took, and how similar faces were to the nearest student, without saying
/// whose.</summary>
public static class FrameMetrics
{
    private static readonly Counter<long> Frames = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.frames", null, "Camera frames by outcome: recognised, unknown, no_face, busy, bad_image.");

    private static readonly Histogram<double> Stages = ServerMeter.Seconds(
        "faceattendance.stage.duration", "Time of one stage of a picture's way, all its faces together.");

    private static readonly Histogram<double> Similarities = ServerMeter.Meter.CreateHistogram(
        "faceattendance.similarity", null, "Cosine similarity of a face to the nearest student, by whether it counted as that person.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9] });

    /// <summary>Records a stage that began at a timestamp of <see cref="Stopwatch"/>.</summary>
    /// <returns>Now, where the next stage begins.</returns>
    public static long Took(string stage, long since)
    {
        var now = Stopwatch.GetTimestamp();
        var duration = Stopwatch.GetElapsedTime(since, now);
        Stages.Record(duration.TotalSeconds, ServerMeter.Label("stage", stage));
        ServerTrace.Took(stage, duration);
        return now;
    }

    internal static void Seen(RecognizedFrame frame)
    {
        var isKnown = false;
        foreach (var face in frame.Faces)
        {
            isKnown |= face.Who.Student is not null;
            if (face.Who.Similarity is { } similarity)
                Similarities.Record(similarity, ServerMeter.Label("match", face.Who.Student is null ? "no" : "yes"));
        }
        Count(frame.Faces.Count == 0 ? "no_face" : isKnown ? "recognised" : "unknown");
    }

    internal static void Refused(Error error) => Count(error.Kind == ErrorKind.Unavailable ? "busy" : "bad_image");

    private static void Count(string outcome) => Frames.Add(1, ServerMeter.Label("outcome", outcome));
}
