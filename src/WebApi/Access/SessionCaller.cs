using System.Security.Claims;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>A cookie that stands for no session is here as if there were none: where a page asks who it is for.</summary>
internal sealed class StaleSessionIsNone;

/// <summary>The session that a request came with.</summary>
/// <param name="ExpiresAt">Unless it is used until then.</param>
internal sealed record ShownSession(SessionToken Token, DateTimeOffset ExpiresAt);

/// <summary>Lets in a browser by its session's cookie, of which nothing is cached, and has the session last on while it is used.</summary>
internal sealed class SessionCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IBrowserSessions sessions,
    ShownKeys keys, IOptions<AccountOptions> accounts, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    // Of what a session lasts; so one that is in use costs a write now and then.
    private const int PartsBetweenExtensions = 24;

    private static readonly object Key = new();

    /// <returns>Null for a caller who came otherwise.</returns>
    public static ShownSession? Of(HttpContext http) => http.Items.TryGetValue(Key, out var shown) ? shown as ShownSession : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var ct = Context.RequestAborted;
        if (SessionCookie.Read(Context) is not { } token || await sessions.FindAsync(token, ct) is not { } session
            || await PrincipalOfAsync(token, session, ct) is not { } principal)
        {
            if (Context.GetEndpoint()?.Metadata.GetMetadata<StaleSessionIsNone>() is null)
                return AuthenticateResult.Fail(AccessErrors.SessionOver.Message);
            SessionCookie.Forget(Context);
            return await Context.AuthenticateAsync(LocalCaller.SchemeName);
        }
        if (NeedsCsrfToken(Request) && !token.IsCsrfToken(Request.Headers[SessionCookie.CsrfHeader].ToString()))
        {
            ShownCredentials.Refuse(Context, AccessErrors.CsrfTokenWrong);
            return AuthenticateResult.Fail(AccessErrors.CsrfTokenWrong.Message);
        }
        var expiresAt = await ExtendAsync(token, session, principal.HasClaim(c => c.Type == AccessRules.DeviceClaim), ct);
        Context.Items[Key] = new ShownSession(token, expiresAt);
        return AuthenticateResult.Success(new(principal, Scheme.Name));
    }

    // A hub's page is known by its origin, for its client cannot send the header with every kind of connection.
    private static bool NeedsCsrfToken(HttpRequest request) =>
        !ShownCredentials.IsLive(request.HttpContext) && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && !HttpMethods.IsOptions(request.Method);

    private async Task<ClaimsPrincipal?> PrincipalOfAsync(SessionToken token, BrowserSession session, CancellationToken ct) =>
        session.Account is { } account ? UserCaller.PrincipalOf(account, Scheme.Name)
        : await keys.JudgeAsync(token.School, session.Key!, ct) is { } key ? key.ToPrincipal(Scheme.Name)
        : null;

    private async Task<DateTimeOffset> ExtendAsync(SessionToken token, BrowserSession session, bool isDevice, CancellationToken ct)
    {
        var idle = accounts.Value.IdleOf(isDevice);
        // A connection that is watched has no answer that could bring the browser its cookie.
        var isDue = session.MayGrow && session.ExpiresAt - clock.GetUtcNow() < idle - (idle / PartsBetweenExtensions);
        if (!isDue || ShownCredentials.IsLive(Context) || Response.HasStarted) return session.ExpiresAt;
        if (await sessions.ExtendAsync(token, idle, ct) is not { } until) return session.ExpiresAt;
        SessionCookie.Write(Context, token, until);
        return until;
    }
}
