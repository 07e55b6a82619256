using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>Attendance that a person enters by hand.</summary>
public interface IManualMarks
{
    /// <summary>
    /// Writes the record, its audit entry and its event, if anybody wants it, in one transaction. In a class session it takes the place of
    /// what stood there, and elsewhere that of the record it names, which the audit log keeps.
    /// </summary>
    /// <returns>
    /// For a key that was used before, the record of then. Fails with <see cref="StudentErrors.NotFound"/>,
    /// <see cref="ClassSessionErrors.NotFound"/>,
    /// <see cref="ManualMarkErrors.RecordNotFound"/> or <see cref="ManualMarkErrors.KeyReused"/>; then nothing is written.
    /// </returns>
    Task<Result<AttendanceRecord>> MarkAsync(ManualMark mark, CancellationToken ct);
}

/// <summary>What a person says of a student's attendance.</summary>
/// <param name="Reason">1 to 500 characters; kept with the record and in the audit log.</param>
/// <param name="Replaces">The student's record whose place it takes, such as a check-in that waits for a look.</param>
public sealed record ManualMark(
    SchoolId School, StudentId Student, ClassSessionId? Session, AttendanceStatus Status, DateTimeOffset At, string Reason,
    IdempotencyKey? Key = null, RecordId? Replaces = null)
{
    public override string ToString() => $"ManualMark({Student})";
}
