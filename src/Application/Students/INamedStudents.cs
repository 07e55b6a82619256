using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Students;

/// <summary>Students by every name that clients know them by.</summary>
public interface INamedStudents
{
    /// <param name="named">A student's id or, where the school has no such student, the name or the number of a student's account.</param>
    Task<StudentId?> FindAsync(SchoolId school, string named, CancellationToken ct);
}
