using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

public static class ClassSessionErrors
{
    public static Error NotFound { get; } = new("session.not_found", "The school has no such class session.", ErrorKind.NotFound);

    public static Error HasRecords { get; } = new(
        "session.has_records", "The class session holds attendance already and is kept with it.", ErrorKind.Conflict);

    /// <param name="students">Those that the school does not know.</param>
    public static Error UnknownStudents(IEnumerable<string> students) => new(
        "session.unknown_students", "The roster names students that the school does not know.", ErrorKind.Rejected)
    {
        Field = "roster", Details = new Dictionary<string, object?> { ["students"] = students.ToArray() },
    };
}

/// <summary>A student's place in a class session.</summary>
/// <param name="Record">Null while nothing is recorded.</param>
public sealed record RosterEntry(StudentId Student, string? FullName, AttendanceRecord? Record)
{
    public override string ToString() => $"RosterEntry({Student})";
}

/// <summary>The school's class sessions.</summary>
public interface IClassSessions
{
    /// <returns>Fails with <see cref="ClassSessionErrors.UnknownStudents"/>.</returns>
    Task<Result<ClassSession>> AddAsync(SchoolId school, ClassSession session, CancellationToken ct);

    /// <summary>Announces a session anew under its id, unless <see cref="ClassSession.Replace"/> objects.</summary>
    /// <returns>Fails with its errors, <see cref="ClassSessionErrors.NotFound"/> or <see cref="ClassSessionErrors.UnknownStudents"/>.</returns>
    Task<Result<ClassSession>> ReplaceAsync(SchoolId school, ClassSession session, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<ClassSession?> FindAsync(SchoolId school, ClassSessionId id, CancellationToken ct);

    /// <summary>Sessions that start within the span, earliest first, without their rosters.</summary>
    Task<IReadOnlyList<ClassSession>> ListAsync(SchoolId school, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct);

    /// <summary>The roster with what is recorded of each, by student id; marks of students who are not on the roster come along.</summary>
    Task<IReadOnlyList<RosterEntry>> ListRosterAsync(SchoolId school, ClassSessionId id, CancellationToken ct);

    /// <returns>Fails with <see cref="ClassSessionErrors.NotFound"/> or <see cref="ClassSessionErrors.HasRecords"/>.</returns>
    Task<Result<Done>> RemoveAsync(SchoolId school, ClassSessionId id, CancellationToken ct);
}

/// <summary>What a person says of a student's attendance.</summary>
/// <param name="Reason">1 to 500 characters; kept with the record and in the audit log.</param>
/// <param name="Replaces">The student's record whose place it takes, such as a check-in that waits for a look.</param>
public sealed record ManualMark(
    SchoolId School, StudentId Student, ClassSessionId? Session, AttendanceStatus Status, DateTimeOffset At, string Reason, IdempotencyKey? Key = null,
    RecordId? Replaces = null)
{
    public override string ToString() => $"ManualMark({Student})";
}

public static class ManualMarkErrors
{
    public static Error KeyReused { get; } = new(
        "attendance.key_reused", "The Idempotency-Key was used for another request; choose a new one.", ErrorKind.Rejected) { Field = "Idempotency-Key" };

    public static Error RecordNotFound { get; } = new(
        "attendance.record_not_found", "The student has no such attendance record; another mark may have taken its place already.", ErrorKind.NotFound)
    {
        Field = "replaces",
    };
}

/// <summary>Attendance that a person enters by hand.</summary>
public interface IManualMarks
{
    /// <summary>
    /// Writes the record, its audit entry and its event, if anybody wants it, in one transaction. In a class session it takes the place of what stood
    /// there, and elsewhere that of the record it names, which the audit log keeps.
    /// </summary>
    /// <param name="announce">Whether the operator's endpoint is configured; those made over the API are told in any case.</param>
    /// <returns>
    /// For a key that was used before, the record of then. Fails with <see cref="StudentErrors.NotFound"/>, <see cref="ClassSessionErrors.NotFound"/>,
    /// <see cref="ManualMarkErrors.RecordNotFound"/> or <see cref="ManualMarkErrors.KeyReused"/>; then nothing is written.
    /// </returns>
    Task<Result<AttendanceRecord>> MarkAsync(ManualMark mark, bool announce, CancellationToken ct);
}
