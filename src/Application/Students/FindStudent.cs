using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>Whom a text names that is a student's id or, where the school has no such student, a student's account by its name or
/// number.</summary>
public sealed record FindStudent(SchoolId School, string Named) : IRequest<Result<StudentId>>
{
    public override string ToString() => nameof(FindStudent);
}

/// <summary>Students by every name that clients know them by.</summary>
public interface INamedStudents
{
    /// <param name="named">A student's id or, where the school has no such student, the name or the number of a student's account.</param>
    Task<StudentId?> FindAsync(SchoolId school, string named, CancellationToken ct);
}

internal sealed class FindStudentHandler(INamedStudents students) : IRequestHandler<FindStudent, Result<StudentId>>
{
    public async Task<Result<StudentId>> Handle(FindStudent query, CancellationToken ct) =>
        await students.FindAsync(query.School, query.Named, ct) is { } student ? student : AccountErrors.NoStudent;
}
