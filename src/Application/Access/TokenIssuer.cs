using FaceAttendance.Domain.Access;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

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
        tokens.Issue(TokenUse.Access, next with { Id = Guid.NewGuid(), Generation = 0 }, now,
            Earlier(now + options.Value.AccessTokenLifetime, endsAt)));

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
