using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Accounts;

/// <summary>Whom a text names that is a student's id or, where the school has no such student, a student's account by its name or number.</summary>
public sealed record FindStudent(SchoolId School, string Named) : IRequest<Result<StudentId>>
{
    public override string ToString() => nameof(FindStudent);
}

internal sealed class FindStudentHandler(IUsers users) : IRequestHandler<FindStudent, Result<StudentId>>
{
    public async Task<Result<StudentId>> Handle(FindStudent query, CancellationToken ct) =>
        await users.FindStudentAsync(query.School, query.Named, ct) is { } student ? student : AccountErrors.NoStudent;
}
