using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Presence;

namespace FaceAttendance.Domain.Attendance;

/// <summary>On what an attendance record rests, by its origin. Never a position or a face. What an earlier version did not keep is
/// null.</summary>
public abstract record Evidence
{
    private Evidence()
    {
    }

    public abstract AttendanceOrigin Origin { get; }

    public sealed override string ToString() => $"Evidence({Origin})";

    /// <param name="Distance">On the scale of distances.</param>
    /// <param name="Similarity">To four places.</param>
    /// <param name="Direction">Which way people walk before that camera; null where nobody said.</param>
    public sealed record Camera(
        double? Distance, double? Similarity, string? DeviceId, string? LocationId, CameraDirection? Direction = null) : Evidence
    {
        public override AttendanceOrigin Origin => AttendanceOrigin.Camera;
    }

    /// <param name="LivenessSession">That the student passed.</param>
    /// <param name="Site">The nearest.</param>
    /// <param name="DistanceMeters">To that site's edge, negative inside.</param>
    /// <param name="AccuracyMeters">Of the position.</param>
    /// <param name="Reasons">The codes of all that was weighed.</param>
    public sealed record CheckIn(
        Guid? LivenessSession, SiteId? Site, double? DistanceMeters, double? AccuracyMeters, PresenceVerdict? Verdict,
        DateTimeOffset? CapturedAt, string? DeviceId, IReadOnlyList<string> Reasons) : Evidence
    {
        public override AttendanceOrigin Origin => AttendanceOrigin.CheckIn;
    }

    /// <param name="Reason">The person's words.</param>
    /// <param name="Replaced">The record whose place the mark took.</param>
    public sealed record Manual(string? Reason, RecordId? Replaced) : Evidence
    {
        public override AttendanceOrigin Origin => AttendanceOrigin.Manual;
    }

    /// <summary>Nobody said anything.</summary>
    public sealed record Schedule : Evidence
    {
        public override AttendanceOrigin Origin => AttendanceOrigin.Schedule;
    }
}
