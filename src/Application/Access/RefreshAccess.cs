using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Trades a refresh token for an access token and the next refresh token. Who goes on with the old one may, until the new one is
/// used.</summary>
public sealed record RefreshAccess(string RefreshToken) : IRequest<Result<LoggedIn>>
{
    public override string ToString() => nameof(RefreshAccess);
}

internal sealed class RefreshAccessHandler(IUserTokens tokens, TokenIssuer issuer, TimeProvider clock)
    : IRequestHandler<RefreshAccess, Result<LoggedIn>>
{
    public async Task<Result<LoggedIn>> Handle(RefreshAccess command, CancellationToken ct) =>
        await tokens.ReadAsync(TokenUse.Refresh, command.RefreshToken, clock.GetUtcNow()) is { } shown
            && await issuer.TradeAsync(shown, ct) is { } next
            ? next
            : AccountErrors.RefreshRefused;
}
