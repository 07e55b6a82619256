using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Ends every log-in of a user.</summary>
public sealed record LogOutUser(SchoolId School, UserName Name) : IRequest<Result<bool>>
{
    public override string ToString() => nameof(LogOutUser);
}

internal sealed class LogOutUserHandler(ILogIns logIns) : IRequestHandler<LogOutUser, Result<bool>>
{
    public async Task<Result<bool>> Handle(LogOutUser command, CancellationToken ct) =>
        await logIns.EndAllAsync(command.School, command.Name, ct) ? true : AccountErrors.NotFound;
}
