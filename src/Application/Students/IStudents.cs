using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Students;

/// <summary>What the school notes of a student. Null leaves a stored value as it is.</summary>
public sealed record StudentProfile(string FullName, DateOnly? BirthDate, string? ClassName, string? Address)
{
    public override string ToString() => "StudentProfile(withheld)";
}

/// <summary>The school's students.</summary>
public interface IStudents
{
    /// <summary>Creates the student or updates what is given.</summary>
    Task<Student> UpsertAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<Student?> FindAsync(SchoolId school, StudentId id, CancellationToken ct);

    /// <param name="query">Part of an id, a name or a class, case-blind; null or empty lists all.</param>
    /// <param name="className">Of this class alone, to the letter; null lists all.</param>
    /// <returns>A page by id, and how many there are in all.</returns>
    Task<(IReadOnlyList<Student> Items, int Total)> ListAsync(
        SchoolId school, string? query, string? className, int limit, int offset, CancellationToken ct);

    /// <summary>Removes the student with templates, attendance and undelivered events; the gallery has forgotten them when the task
    /// completes.</summary>
    /// <returns>False for an unknown id.</returns>
    Task<bool> RemoveAsync(SchoolId school, StudentId id, CancellationToken ct);
}
