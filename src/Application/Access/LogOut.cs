using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Ends the log-in that a refresh token belongs to, or every log-in of its user.</summary>
public sealed record LogOut(string RefreshToken, bool Everywhere) : IRequest<Result<bool>>
{
    public override string ToString() => nameof(LogOut);
}

internal sealed class LogOutHandler(IUserTokens tokens, ILogIns logIns, TimeProvider clock) : IRequestHandler<LogOut, Result<bool>>
{
    public async Task<Result<bool>> Handle(LogOut command, CancellationToken ct) =>
        await tokens.ReadAsync(TokenUse.Refresh, command.RefreshToken, clock.GetUtcNow()) is { } shown
            && await logIns.EndAsync(shown, command.Everywhere, ct)
            ? true
            : AccountErrors.RefreshRefused;
}
