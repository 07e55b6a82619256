using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

public sealed record GetStudent(SchoolId School, StudentId Id) : IRequest<Result<Student>>;

internal sealed class GetStudentHandler(IStudents students) : IRequestHandler<GetStudent, Result<Student>>
{
    public async Task<Result<Student>> Handle(GetStudent query, CancellationToken ct) =>
        await students.FindAsync(query.School, query.Id, ct) is { } student ? student : StudentErrors.NotFound;
}
