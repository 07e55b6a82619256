using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>Stores a student's profile as a whole: what it leaves open is forgotten.</summary>
public sealed record ReplaceProfile(SchoolId School, StudentId Id, StudentProfile Profile) : IRequest<Result<Student>>, IBringsProfile
{
    public override string ToString() => $"ReplaceProfile({Id})";
}

internal sealed class ReplaceProfileValidator(TimeProvider clock) : StudentProfileRules<ReplaceProfile>(clock);

internal sealed class ReplaceProfileHandler(IRoster roster) : IRequestHandler<ReplaceProfile, Result<Student>>
{
    public async Task<Result<Student>> Handle(ReplaceProfile command, CancellationToken ct) =>
        await roster.ReplaceAsync(command.School, command.Id, command.Profile, ct) is { } student ? student : StudentErrors.NotFound;
}
