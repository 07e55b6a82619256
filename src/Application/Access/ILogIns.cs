using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <param name="Token">The first refresh token's id.</param>
/// <param name="EndsAt">No token of the log-in lasts longer.</param>
/// <param name="ExpiresAt">When the first refresh token expires.</param>
public sealed record NewLogIn(LogInId Id, Guid Token, DateTimeOffset BeganAt, DateTimeOffset EndsAt, DateTimeOffset ExpiresAt);

/// <param name="EndsAt">See <see cref="NewLogIn"/>.</param>
public sealed record StandingLogIn(Account Account, DateTimeOffset EndsAt);

/// <summary>
/// Log-ins that have not ended. One ends by a log-out, when its account is disabled or given another password, when its time is over, and
/// when an older refresh token of it turns up again. Nothing is cached: what has ended has ended in every process.
/// </summary>
public interface ILogIns
{
    /// <summary>Keeps a log-in. Of very many that one user has at once, the oldest end.</summary>
    /// <returns>False when the account was disabled or given another password since it was read.</returns>
    Task<bool> BeginAsync(Account account, NewLogIn logIn, CancellationToken ct);

    /// <returns>The account behind a token; null when its log-in has ended.</returns>
    Task<Account?> FindAsync(UserGrant shown, CancellationToken ct);

    /// <summary>
    /// Counts a use of a refresh token. The token used last may be used again, and each that was traded for it may be used next; the first
    /// of those to be used leaves the others behind. One that was left behind is in the hands of two, of whom one is a thief: it ends the
    /// log-in.
    /// </summary>
    /// <param name="expiresAt">When the token expires that it is traded for, unless the log-in ends before.</param>
    /// <returns>Null when the log-in has ended, be it by this.</returns>
    Task<StandingLogIn?> TradeAsync(UserGrant shown, DateTimeOffset expiresAt, CancellationToken ct);

    /// <summary>Ends a log-in, or every one of its user.</summary>
    /// <returns>False when it had ended before.</returns>
    Task<bool> EndAsync(UserGrant shown, bool everywhere, CancellationToken ct);

    /// <summary>Ends every log-in of a user.</summary>
    /// <returns>False when the school has none of the name.</returns>
    Task<bool> EndAllAsync(SchoolId school, UserName user, CancellationToken ct);
}
