using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Attendance;

/// <summary>A class session's id.</summary>
public readonly record struct ClassSessionId(Guid Value)
{
    public static ClassSessionId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>An attendance record's id.</summary>
public readonly record struct RecordId(Guid Value)
{
    public static RecordId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>How an attendance record came about.</summary>
public enum AttendanceOrigin
{
    /// <summary>A fixed camera recognised the student.</summary>
    Camera,

    /// <summary>The student proved themselves alive and there.</summary>
    CheckIn,

    /// <summary>A person said so, and why.</summary>
    Manual,

    /// <summary>Nobody said anything until the class session ended.</summary>
    Schedule,
}

/// <summary>That a student was, or was not, there.</summary>
/// <param name="Session">Null outside class sessions.</param>
/// <param name="EvidenceJson">On what it rests, as a JSON object.</param>
public sealed record AttendanceRecord(
    RecordId Id, StudentId Student, ClassSessionId? Session, DateTimeOffset At, AttendanceStatus Status, AttendanceOrigin Origin, bool NeedsReview,
    string EvidenceJson)
{
    public override string ToString() => $"AttendanceRecord({Id}, {Origin})";
}

/// <summary>A lesson or a day that students are expected at.</summary>
/// <param name="Roster">In ordinal order, without repetition.</param>
/// <param name="SettledAt">When its absences were written; null before.</param>
public sealed record ClassSession(ClassSessionId Id, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster, DateTimeOffset? SettledAt)
{
    public const int MaxNameLength = 100;

    /// <summary>A school's largest assembly.</summary>
    public const int MaxRoster = 2_000;
}
