using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Privacy;

/// <summary>What students said to being recognised by face.</summary>
public interface IConsents
{
    /// <returns>Null for an unknown student.</returns>
    Task<Consent?> FindAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <summary>
    /// Records a statement in the caller's name. A withdrawal removes the student's face templates in the same transaction; no process
    /// matches them from then on.
    /// </summary>
    /// <returns>Null for an unknown student.</returns>
    Task<Consent?> RecordAsync(SchoolId school, StudentId student, ConsentState state, string method, string? note, CancellationToken ct);
}
