using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>Gives tokens for a name and a password.</summary>
/// <param name="Address">Where the caller is.</param>
public sealed record LogIn(string UserName, string Password, string Address) : IRequest<Result<LoggedIn>>
{
    public override string ToString() => nameof(LogIn);
}

public sealed record LoggedIn(string RefreshToken, string AccessToken)
{
    public override string ToString() => nameof(LoggedIn);
}

/// <summary>Trades a refresh token for an access token and the next refresh token. Who goes on with the old one may, until the new one is used.</summary>
public sealed record RefreshAccess(string RefreshToken) : IRequest<Result<LoggedIn>>
{
    public override string ToString() => nameof(RefreshAccess);
}

/// <summary>Ends the log-in that a refresh token belongs to, or every log-in of its user.</summary>
public sealed record LogOut(string RefreshToken, bool Everywhere) : IRequest<Result<bool>>
{
    public override string ToString() => nameof(LogOut);
}

internal sealed class LogInHandler(PasswordCheck passwords, TokenIssuer issuer) : IRequestHandler<LogIn, Result<LoggedIn>>
{
    public async Task<Result<LoggedIn>> Handle(LogIn command, CancellationToken ct)
    {
        var judged = await passwords.JudgeAsync(command.UserName, command.Password, command.Address, ct);
        if (judged.Error is { } refused) return refused;
        return await issuer.BeginAsync(judged.Value, ct) is { } tokens ? tokens : AccountErrors.LogInRefused;
    }
}

internal sealed class LogInTokensHandler(IUserTokens tokens, ILogIns logIns, TokenIssuer issuer, TimeProvider clock) :
    IRequestHandler<RefreshAccess, Result<LoggedIn>>,
    IRequestHandler<LogOut, Result<bool>>
{
    public async Task<Result<LoggedIn>> Handle(RefreshAccess command, CancellationToken ct) =>
        await tokens.ReadAsync(TokenUse.Refresh, command.RefreshToken, clock.GetUtcNow()) is { } shown && await issuer.TradeAsync(shown, ct) is { } next
            ? next
            : AccountErrors.RefreshRefused;

    public async Task<Result<bool>> Handle(LogOut command, CancellationToken ct) =>
        await tokens.ReadAsync(TokenUse.Refresh, command.RefreshToken, clock.GetUtcNow()) is { } shown && await logIns.EndAsync(shown, command.Everywhere, ct)
            ? true
            : AccountErrors.RefreshRefused;
}

/// <summary>Makes tokens that last as long as the options say, and never longer than the log-in that they belong to.</summary>
internal sealed class TokenIssuer(IUserTokens tokens, ILogIns logIns, TimeProvider clock, IOptions<AccountOptions> options)
{
    /// <returns>Null when the account changed meanwhile.</returns>
    public async Task<LoggedIn?> BeginAsync(Account account, CancellationToken ct)
    {
        // In whole seconds, as tokens write it.
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var first = new UserGrant(account.School, account.User.Number, LogInId.New(), Guid.NewGuid(), Generation: 0);
        var endsAt = now + options.Value.LogInLifetime;
        var begun = new NewLogIn(first.LogIn, first.Id, now, endsAt, Earlier(now + options.Value.RefreshTokenLifetime, endsAt));
        return await logIns.BeginAsync(account, begun, ct) ? Issue(first, now, endsAt) : null;
    }

    /// <returns>Null when the log-in has ended.</returns>
    public async Task<LoggedIn?> TradeAsync(UserGrant shown, CancellationToken ct)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        return await logIns.TradeAsync(shown, now + options.Value.RefreshTokenLifetime, ct) is { } standing
            ? Issue(shown with { Id = Guid.NewGuid(), Generation = shown.Generation + 1 }, now, standing.EndsAt)
            : null;
    }

    private LoggedIn Issue(UserGrant next, DateTimeOffset now, DateTimeOffset endsAt) => new(
        tokens.Issue(TokenUse.Refresh, next, now, Earlier(now + options.Value.RefreshTokenLifetime, endsAt)),
        tokens.Issue(TokenUse.Access, next with { Id = Guid.NewGuid(), Generation = 0 }, now, Earlier(now + options.Value.AccessTokenLifetime, endsAt)));

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
