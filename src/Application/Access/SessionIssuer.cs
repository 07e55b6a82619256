using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <param name="ExpiresAt">Unless it is used until then.</param>
public sealed record OpenedSession(SessionToken Token, DateTimeOffset ExpiresAt);

/// <summary>Makes sessions that last as long as the options say.</summary>
internal sealed class SessionIssuer(ILogIns logIns, IBrowserSessions sessions, TimeProvider clock, IOptions<AccountOptions> options)
{
    /// <returns>Null when the account changed meanwhile.</returns>
    public async Task<OpenedSession?> BeginAsync(Account account, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (logIn, idle) = (LogInId.New(), options.Value.SessionLifetime);
        var begun = new NewLogIn(logIn, Guid.NewGuid(), now, now + options.Value.LogInLifetime, now + idle);
        if (!await logIns.BeginAsync(account, begun, ct)) return null;
        var token = SessionToken.New(account.School, logIn.Value);
        return new(token, await sessions.BeginAsync(token, logIn, idle, ct));
    }

    public async Task<OpenedSession> BeginAsync(SchoolId school, SessionKey key, bool isDevice, CancellationToken ct)
    {
        var token = SessionToken.New(school, Guid.CreateVersion7());
        return new(token, await sessions.BeginAsync(token, key, options.Value.IdleOf(isDevice), ct));
    }
}
