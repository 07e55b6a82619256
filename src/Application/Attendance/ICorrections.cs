using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>Attendance that was recorded under a wrong name.</summary>
public interface ICorrections
{
    /// <summary>
    /// Takes the record from whom it names and gives its attendance to whom it was, with the audit entry and the events, if anybody wants
    /// them, in one transaction.
    /// </summary>
    /// <returns>
    /// The correction that stands already, if it says the same. Fails with <see cref="CorrectionErrors"/> and
    /// <see cref="Students.StudentErrors.NotFound"/>; then nothing is written.
    /// </returns>
    Task<Result<Correction>> CorrectAsync(NewCorrection correction, CancellationToken ct);

    /// <summary>Lets the record count again under the name that it bore.</summary>
    /// <returns>Fails with <see cref="CorrectionErrors.NotFound"/> and <see cref="CorrectionErrors.Overtaken"/>.</returns>
    Task<Result<Done>> UndoAsync(SchoolId school, RecordId record, CancellationToken ct);
}

/// <param name="Student">Who it was; null for nobody whom the school knows.</param>
/// <param name="Reason">1 to 500 characters.</param>
public sealed record NewCorrection(SchoolId School, RecordId Record, StudentId? Student, string Reason)
{
    public override string ToString() => $"NewCorrection({Record})";
}
