using System.Diagnostics.Metrics;

namespace FaceAttendance.Application.Access;

/// <summary>Log-ins by outcome.</summary>
public static class AccessMetrics
{
    private static readonly Counter<long> LogIns = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.log_ins", null, "Log-ins with a name and a password, by outcome: accepted, refused.");

    public static void LoggedIn(bool isAccepted) => LogIns.Add(1, ServerMeter.Label("outcome", isAccepted ? "accepted" : "refused"));
}
