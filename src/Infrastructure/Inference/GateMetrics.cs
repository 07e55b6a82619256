using System.Diagnostics;
using System.Diagnostics.Metrics;
using FaceAttendance.Application;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>How full the way to the models is.</summary>
internal static class GateMetrics
{
    private static readonly UpDownCounter<long> Waiting = ServerMeter.Meter.CreateUpDownCounter<long>(
        "faceattendance.gate.waiting", null, "Pictures that wait for a worker.");

    private static readonly UpDownCounter<long> Active = ServerMeter.Meter.CreateUpDownCounter<long>(
        "faceattendance.gate.active_workers", null, "Workers that analyze a picture now.");

    private static readonly Histogram<double> Wait = ServerMeter.Seconds("faceattendance.gate.wait", "How long pictures waited for a worker before they got one.");

    private static readonly Counter<long> Refusals = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.gate.refusals", null, "Pictures that were refused: queue_full at once, waited_too_long after the deadline.");

    /// <returns>When the wait began.</returns>
    public static long Queue()
    {
        Waiting.Add(1);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Ends the wait that began then, with a worker or without.</summary>
    public static void Leave(long since, bool entered)
    {
        Waiting.Add(-1);
        if (!entered) return;
        Active.Add(1);
        Wait.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    public static void Free() => Active.Add(-1);

    public static void Refused(string reason) => Refusals.Add(1, ServerMeter.Label("reason", reason));
}
