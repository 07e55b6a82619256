using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>A student whom the school does not have yet.</summary>
public sealed record AddStudent(SchoolId School, StudentId Id, StudentProfile Profile) : IRequest<Result<Student>>, IBringsProfile
{
    public override string ToString() => $"AddStudent({Id})";
}

internal sealed class AddStudentValidator(TimeProvider clock) : StudentProfileRules<AddStudent>(clock);

internal sealed class AddStudentHandler(IRoster roster) : IRequestHandler<AddStudent, Result<Student>>
{
    public async Task<Result<Student>> Handle(AddStudent command, CancellationToken ct) =>
        await roster.AddAsync(command.School, command.Id, command.Profile, ct) is { } added ? added : StudentErrors.IdTaken;
}
