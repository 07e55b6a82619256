using System.Diagnostics.Metrics;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.Application.Liveness;

/// <summary>Liveness sessions by how they ended, and those that did not begin.</summary>
internal static class LivenessMetrics
{
    private static readonly Counter<long> Sessions = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.liveness.sessions", null, "Ended liveness sessions: passed, failed with the fault, or left by the client.");

    private static readonly Counter<long> Refusals = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.liveness.refusals", null, "Liveness sessions that did not begin, by error code.");

    private static readonly UpDownCounter<long> Open = ServerMeter.Meter.CreateUpDownCounter<long>(
        "faceattendance.liveness.open_sessions", null, "Liveness sessions in this process's memory.");

    public static void Began() => Open.Add(1);

    public static void Forgotten() => Open.Add(-1);

    public static void Refused(string code) => Refusals.Add(1, ServerMeter.Label("code", code));

    /// <param name="fault">Null for one that was passed.</param>
    public static void Ended(LivenessFault? fault) =>
        Count(fault is null ? "passed" : "failed", fault is { } wrong ? Words.Of(wrong) : "none");

    public static void Left() => Count("left", "none");

    private static void Count(string outcome, string fault) =>
        Sessions.Add(1, ServerMeter.Label("outcome", outcome), ServerMeter.Label("fault", fault));
}
