using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

public sealed record RemoveClassSession(SchoolId School, ClassSessionId Id) : IRequest<Result<Done>>;

internal sealed class RemoveClassSessionHandler(IClassSessions sessions) : IRequestHandler<RemoveClassSession, Result<Done>>
{
    public Task<Result<Done>> Handle(RemoveClassSession command, CancellationToken ct) =>
        sessions.RemoveAsync(command.School, command.Id, ct);
}
