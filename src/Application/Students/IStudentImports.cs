using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Students;

/// <summary>What became of a student of an imported roster.</summary>
public enum ImportOutcome
{
    Created,
    Updated,

    /// <summary>All that was given is stored already.</summary>
    Unchanged,

    Refused,
}

/// <summary>A student as a roster names them.</summary>
/// <param name="PhotoName">Which photo is theirs; null when the roster does not say.</param>
public sealed record ImportedStudent(StudentId Id, StudentProfile Profile, string? PhotoName)
{
    public override string ToString() => $"ImportedStudent({Id})";
}

/// <summary>The school's students, many at once.</summary>
public interface IStudentImports
{
    /// <summary>Creates and updates students as <see cref="IStudents.UpsertAsync"/> does. One transaction.</summary>
    /// <param name="students">Each id once.</param>
    /// <param name="dryRun">Find out what would happen, and let none of it.</param>
    /// <returns>The outcome of each student, in their order; never <see cref="ImportOutcome.Refused"/>.</returns>
    Task<IReadOnlyList<ImportOutcome>> UpsertAsync(
        SchoolId school, IReadOnlyList<ImportedStudent> students, bool dryRun, CancellationToken ct);
}
