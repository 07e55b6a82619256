using FaceAttendance.Domain.Access;

namespace FaceAttendance.Application.Access;

/// <summary>The key that a session was opened with.</summary>
/// <param name="Id">Null for the one that stands in the configuration.</param>
/// <param name="Sha256">Of the secret that was shown; another one of the same key is another credential.</param>
public sealed record SessionKey(ApiKeyId? Id, byte[] Sha256);

/// <summary>A browser's session: a user's or a key's.</summary>
/// <param name="Account">Null for a key's.</param>
/// <param name="Key">Null for a user's. Whether the key is still good is not known here.</param>
/// <param name="MayGrow">Whether use can make it last longer: a user's ends with the log-in.</param>
public sealed record BrowserSession(Account? Account, SessionKey? Key, DateTimeOffset ExpiresAt, bool MayGrow);

/// <summary>
/// Sessions of browsers, which a cookie stands for. Nothing is cached: one that has ended has ended in every process.
/// </summary>
public interface IBrowserSessions
{
    /// <summary>Keeps a user's, which ends with the log-in.</summary>
    /// <returns>When it ends unless it is used.</returns>
    Task<DateTimeOffset> BeginAsync(SessionToken token, LogInId logIn, TimeSpan idle, CancellationToken ct);

    /// <summary>Keeps a key's. Of very many that a key has at once, the oldest end.</summary>
    /// <returns>When it ends unless it is used.</returns>
    Task<DateTimeOffset> BeginAsync(SessionToken token, SessionKey key, TimeSpan idle, CancellationToken ct);

    /// <returns>Null when there is none of the token, or its time is over, or its account changed.</returns>
    Task<BrowserSession?> FindAsync(SessionToken token, CancellationToken ct);

    /// <summary>Has it last as long from now on as it did at first, but no longer than its log-in.</summary>
    /// <returns>When it ends now; null when it has ended.</returns>
    Task<DateTimeOffset?> ExtendAsync(SessionToken token, TimeSpan idle, CancellationToken ct);

    /// <summary>Ends it, or every one of its user or key; of a user also what was logged in otherwise.</summary>
    Task EndAsync(SessionToken token, bool everywhere, CancellationToken ct);
}
