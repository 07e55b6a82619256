using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Ends a browser's session, or everything that its user, or its key's sessions, are logged in to.</summary>
public sealed record CloseSession(SessionToken Token, bool Everywhere) : IRequest<Result<Done>>;

internal sealed class CloseSessionHandler(IBrowserSessions sessions) : IRequestHandler<CloseSession, Result<Done>>
{
    public async Task<Result<Done>> Handle(CloseSession command, CancellationToken ct)
    {
        await sessions.EndAsync(command.Token, command.Everywhere, ct);
        return default(Done);
    }
}
