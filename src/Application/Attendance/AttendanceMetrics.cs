using System.Diagnostics.Metrics;
using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

/// <summary>What became of faces that were seen, and of check-ins.</summary>
internal static class AttendanceMetrics
{
    private static readonly Counter<long> Sightings = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.sightings", null,
        "Faces before a camera that were to be recorded, by result: announced, recorded, cooling_down, student_removed.");

    private static readonly Counter<long> CheckIns = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.check_ins", null, "Decided check-ins by decision: accepted, review, refused; a repeated answer counts again.");

    private static readonly Counter<long> Reasons = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.check_in.reasons", null, "Reasons weighed in check-ins, by their code and the effect that each alone has.");

    public static void Seen(LedgerEntry entry) => Sightings.Add(1, ServerMeter.Label("result", entry switch
    {
        LedgerEntry.Announced => "announced",
        LedgerEntry.CoolingDown => "cooling_down",
        LedgerEntry.StudentRemoved => "student_removed",
        _ => "recorded",
    }));

    public static void Decided(CheckInAnswer answer)
    {
        CheckIns.Add(1, ServerMeter.Label("decision", Words.Of(answer.Outcome)));
        foreach (var reason in answer.Reasons)
            Reasons.Add(1, ServerMeter.Label("code", reason.Code), ServerMeter.Label("effect", Words.Of(reason.Effect)));
    }
}
