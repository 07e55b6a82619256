using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Events;

/// <summary>Something a live listener hears of.</summary>
public abstract record LiveEvent(SchoolId School);

/// <summary>A face that was eligible for dispatch, skipped ones too.</summary>
/// <param name="Label">The student id, or <see cref="StudentId.UnknownLabel"/>.</param>
/// <param name="Distance">On the <see cref="DistanceScale"/>.</param>
/// <param name="Record">The attendance record that it left; null where it left none.</param>
public sealed record Recognized(
    SchoolId School, string Label, double Distance, DateTimeOffset At, DispatchReport Dispatch, RecordId? Record = null)
    : LiveEvent(School);

/// <summary>Attendance came about or changed in another way than by a camera.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
public sealed record AttendanceChanged(SchoolId School, string Type, RecordId Record) : LiveEvent(School);

/// <summary>A template was stored for a student.</summary>
public sealed record StudentEnrolled(SchoolId School, StudentId Student, int Saved) : LiveEvent(School);

public enum NoticeChange
{
    Raised,
    Acknowledged,
    Resolved,
}

/// <summary>Something that staff must know of has changed.</summary>
public sealed record NoticeChanged(SchoolId School, NoticeId Notice, NoticeKind Kind, NoticeChange Change) : LiveEvent(School);

/// <summary>Tells live listeners, in this process and in every other. Never waits and never throws: a listener is a convenience, the outbox
/// is the promise.</summary>
public interface IAttendanceFeed
{
    void Publish(LiveEvent happened);
}
