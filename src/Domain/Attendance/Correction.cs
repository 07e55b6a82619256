using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Attendance;

/// <summary>A correction's id.</summary>
public readonly record struct CorrectionId(Guid Value)
{
    public static CorrectionId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>That a record bore a wrong name. The record counts no more; undone, it counts again.</summary>
/// <param name="Student">Who it was; null for nobody whom the school knows.</param>
/// <param name="Given">Their record in its place; null where they had one that says as much.</param>
/// <param name="By">Who said so.</param>
/// <param name="IsExample">Whether the face is a negative example of the student whom the record named.</param>
public sealed record Correction(
    CorrectionId Id, RecordId Record, StudentId? Student, RecordId? Given, string Reason, string By, DateTimeOffset At, bool IsExample)
{
    /// <summary>Whether a record can bear a wrong name: where a person gave it, or nobody came, no face was mistaken.</summary>
    public static bool IsOf(AttendanceRecord record) => record.Origin is AttendanceOrigin.Camera or AttendanceOrigin.CheckIn;

    /// <summary>Whether the attendance of a wrongly named record is news of the student whom it was.</summary>
    /// <param name="standing">What stands for them in the class session already.</param>
    public static bool Adds(AttendanceRecord wrong, AttendanceRecord? standing) => standing is null || !standing.Status.IsThere
        || (standing.Status == AttendanceStatus.Late && wrong.Status == AttendanceStatus.Present);

    public override string ToString() => $"Correction({Id})";
}
