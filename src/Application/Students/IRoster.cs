using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Students;

/// <summary>A class, by the name that its students' profiles have.</summary>
public sealed record SchoolClass(string Name, int Students);

/// <summary>The school's students as its office keeps them: each profile as a whole.</summary>
public interface IRoster
{
    /// <returns>Null where a student has the id already; nothing is stored then.</returns>
    Task<Student?> AddAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct);

    /// <summary>What the profile leaves open is forgotten.</summary>
    /// <returns>Null for an unknown id.</returns>
    Task<Student?> ReplaceAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct);

    /// <returns>By name.</returns>
    Task<IReadOnlyList<SchoolClass>> ListClassesAsync(SchoolId school, CancellationToken ct);
}
