using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Opens a browser's session for a key that was found to be good. A device's lasts for weeks.</summary>
public sealed record OpenKeySession(SchoolId School, SessionKey Key, bool IsDevice) : IRequest<Result<OpenedSession>>;

internal sealed class OpenKeySessionHandler(SessionIssuer issuer) : IRequestHandler<OpenKeySession, Result<OpenedSession>>
{
    public async Task<Result<OpenedSession>> Handle(OpenKeySession command, CancellationToken ct) =>
        await issuer.BeginAsync(command.School, command.Key, command.IsDevice, ct);
}
