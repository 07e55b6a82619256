using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Attendance;

/// <summary>Held sightings as clients carry them: sealed, so that they can be neither made, changed nor read elsewhere.</summary>
public interface ISightingStatements
{
    string Issue(HeldSighting held);

    /// <returns>
    /// Errors: <see cref="SightingErrors.Invalid"/> (not made here, or of another school), <see cref="SightingErrors.Expired"/>.
    /// </returns>
    Result<HeldSighting> Read(SchoolId school, string statement, DateTimeOffset now);
}
