using FaceAttendance.Application.Access;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// The cookie that stands for a browser's session. No script can read it, and browsers send it with nothing that another site begins. Pages
/// of another port or a neighbouring name are of the same site to them, so the cookie counts only where the server's own page asks.
/// </summary>
internal static class SessionCookie
{
    /// <summary>Where a page shows <see cref="SessionToken.CsrfToken"/>.</summary>
    public const string CsrfHeader = "X-CSRF-Token";

    private const string Name = "faceattendance";

    // Browsers take one of this prefix over TLS alone, for this very host, and from nobody else.
    private const string SecureName = "__Host-" + Name;

    /// <summary>Whether the request comes with one that counts.</summary>
    public static bool IsShown(HttpContext http) => http.Request.Cookies.ContainsKey(NameOf(http)) && IsOwnPage(http);

    /// <summary>Whether it comes with one that does not count for where it comes from.</summary>
    public static bool IsShownByAnotherPage(HttpContext http) => http.Request.Cookies.ContainsKey(NameOf(http)) && !IsOwnPage(http);

    /// <returns>Null for a cookie that is none of ours, or when there is none.</returns>
    public static SessionToken? Read(HttpContext http) =>
        http.Request.Cookies.TryGetValue(NameOf(http), out var value) ? SessionToken.Parse(value) : null;

    /// <param name="until">The browser forgets it then.</param>
    public static void Write(HttpContext http, SessionToken token, DateTimeOffset until) =>
        http.Response.Cookies.Append(NameOf(http), token.Reveal(), OptionsOf(http, until));

    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(NameOf(http), OptionsOf(http, until: null));

    private static string NameOf(HttpContext http) => http.Request.IsHttps ? SecureName : Name;

    private static CookieOptions OptionsOf(HttpContext http, DateTimeOffset? until) => new()
    {
        HttpOnly = true, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict, Path = "/", Secure = http.Request.IsHttps,
        Expires = until, IsEssential = true,
    };

    private static bool IsOwnPage(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString().ToLowerInvariant() is not ("same-origin" or "none"))
            return false;
        if (headers.TryGetValue(HeaderNames.Origin, out var origin)) return IsOwn(origin.ToString(), http.Request);
        // Browsers name the page with every handshake and with whatever changes something. Elsewhere the CSRF token says as much.
        return !ShownCredentials.IsLive(http) || (HttpMethods.IsGet(http.Request.Method) && !http.WebSockets.IsWebSocketRequest);
    }

    // By host and port. The scheme may be that of a proxy in front, but never less than the connection's own.
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && HostString.FromUriComponent(page) is var named
        && string.Equals(named.Host, request.Host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (request.Host.Port ?? (page.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}
