using System.Diagnostics.Metrics;

namespace FaceAttendance.Application.Enrollment;

/// <summary>Photos for enrolment, by what came of them.</summary>
internal static class EnrollmentMetrics
{
    private static readonly Counter<long> Photos = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.photos", null, "Photos for enrolment by outcome: enrolled, already_enrolled, or the code of the error.");

    public static void Judged(string outcome) => Photos.Add(1, ServerMeter.Label("outcome", outcome));
}
