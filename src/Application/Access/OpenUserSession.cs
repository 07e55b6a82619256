using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Opens a browser's session for a name and a password.</summary>
/// <param name="Address">Where the caller is.</param>
public sealed record OpenUserSession(string UserName, string Password, string Address) : IRequest<Result<UserSession>>
{
    public override string ToString() => nameof(OpenUserSession);
}

public sealed record UserSession(Account Account, OpenedSession Opened);

internal sealed class OpenUserSessionHandler(PasswordCheck passwords, SessionIssuer issuer)
    : IRequestHandler<OpenUserSession, Result<UserSession>>
{
    public async Task<Result<UserSession>> Handle(OpenUserSession command, CancellationToken ct)
    {
        var judged = await passwords.JudgeAsync(command.UserName, command.Password, command.Address, ct);
        if (judged.Error is { } refused) return refused;
        return await issuer.BeginAsync(judged.Value, ct) is { } opened ? new UserSession(judged.Value, opened)
            : AccountErrors.LogInRefused;
    }
}
