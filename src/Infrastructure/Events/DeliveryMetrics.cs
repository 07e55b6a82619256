using System.Diagnostics.Metrics;
using FaceAttendance.Application;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Attempts to deliver an event, by what the receiver made of them.</summary>
internal static class DeliveryMetrics
{
    private static readonly Histogram<double> Attempts = ServerMeter.Seconds(
        "faceattendance.delivery.attempt", "Attempts to deliver an event, by outcome: accepted, refused by the receiver, or no answer.");

    public static void Attempted(DeliveryAttempt attempt, TimeSpan latency)
    {
        var outcome = attempt.IsAccepted ? "accepted" : attempt.HttpStatus is null ? "no_answer" : "refused";
        Attempts.Record(latency.TotalSeconds, ServerMeter.Label("outcome", outcome));
    }
}
