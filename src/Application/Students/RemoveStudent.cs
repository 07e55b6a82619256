using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>Forgets a student: templates, attendance, undelivered events.</summary>
public sealed record RemoveStudent(SchoolId School, StudentId Id) : IRequest<Result<Done>>;

internal sealed class RemoveStudentHandler(IStudents students) : IRequestHandler<RemoveStudent, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveStudent command, CancellationToken ct) =>
        await students.RemoveAsync(command.School, command.Id, ct) ? default(Done) : StudentErrors.NotFound;
}
