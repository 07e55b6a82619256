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

    private static readonly Histogram<double> Waits =
        ServerMeter.Seconds("faceattendance.gate.wait", "How long pictures waited for a worker before they got one.");

    private static readonly Counter<long> Refusals = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.gate.refusals", null,
        "Pictures that were refused: queue_full at once, displaced for somebody with fewer waiting, waited_too_long after the deadline.");

    public static void Wait() => Waiting.Add(1);

    public static void WaitNoMore() => Waiting.Add(-1);

    /// <summary>A picture got a worker.</summary>
    public static void Enter(TimeSpan waited)
    {
        Active.Add(1);
        // There from the first picture on, and not only once somebody had to wait.
        Waiting.Add(0);
        Waits.Record(waited.TotalSeconds);
    }

    public static void Free() => Active.Add(-1);

    public static void Refused(string reason) => Refusals.Add(1, ServerMeter.Label("reason", reason));
}
