using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// What a request shows of its caller, which alone decides the way of authentication. A credential that is shown and wrong is refused: it
/// never falls back to the local caller's rights.
/// </summary>
internal static class ShownCredentials
{
    /// <summary>The default scheme: whichever of the others the request asks for.</summary>
    public const string AnyScheme = "caller";

    /// <summary>As <see cref="AnyScheme"/>, but without credentials nobody is let in, the local caller neither.</summary>
    public const string RealScheme = "credentials";

    /// <summary>As <see cref="AnyScheme"/>, and without credentials anybody is let in where <see cref="OpenCaller"/> lets them.</summary>
    public const string OpenScheme = "caller-or-anybody";

    /// <summary>API keys.</summary>
    public const string ApiKeyScheme = "api-key";

    /// <summary>Access tokens of users.</summary>
    public const string UserScheme = "user";

    /// <summary>A user's name and password.</summary>
    public const string BasicScheme = "basic";

    /// <summary>Sessions of browsers.</summary>
    public const string SessionScheme = "session";

    /// <summary>What stands before a name and a password in an Authorization header.</summary>
    public const string Basic = "Basic ";

    public const string ApiKeyHeader = "X-Api-Key";

    private const string Bearer = "Bearer ";

    private static readonly object RefusalKey = new();

    /// <returns>The scheme that has to judge the request.</returns>
    public static string SchemeOf(HttpContext http) =>
        http.Request.Headers.ContainsKey(ApiKeyHeader) ? ApiKeyScheme
        : IsBasic(http) ? BasicScheme
        : TokenOf(http) is not { } token ? SessionCookie.IsShown(http) ? SessionScheme : LocalCaller.SchemeName
        : token.StartsWith(ApiKeySecret.Mark, StringComparison.Ordinal) ? ApiKeyScheme
        : UserScheme;

    /// <returns>What stands behind <c>Bearer</c>, empty for an Authorization header of another kind; null when the request shows
    /// nothing.</returns>
    public static string? TokenOf(HttpContext http)
    {
        if (http.Request.Headers.TryGetValue(HeaderNames.Authorization, out var header))
        {
            var text = header.ToString();
            return text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? text[Bearer.Length..].Trim() : "";
        }
        // Browsers cannot send headers with a socket's handshake. Elsewhere a token does not belong into an address, which is kept in logs.
        return IsLive(http) && http.Request.Query.TryGetValue("access_token", out var query) ? query.ToString() : null;
    }

    /// <summary>Says that the caller has to wait, in place of that the credentials are wrong.</summary>
    public static void Refuse(HttpContext http, Error error) => http.Items[RefusalKey] = error;

    /// <returns>What <see cref="Refuse"/> said; otherwise null.</returns>
    public static Error? RefusalOf(HttpContext http) => http.Items.TryGetValue(RefusalKey, out var error) ? error as Error : null;

    /// <summary>Whether there is an Authorization header of a kind that nobody here understands.</summary>
    public static bool IsForeign(HttpContext http) => http.Request.Headers.ContainsKey(HeaderNames.Authorization)
        && !http.Request.Headers.ContainsKey(ApiKeyHeader)
        && !(http.Request.Headers[HeaderNames.Authorization].ToString() + ' ').StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && !IsBasic(http);

    private static bool IsBasic(HttpContext http) =>
        http.Request.Headers[HeaderNames.Authorization].ToString().StartsWith(Basic, StringComparison.OrdinalIgnoreCase);

    /// <summary>Sockets and hubs.</summary>
    public static bool IsLive(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/hubs") || http.Request.Path.StartsWithSegments("/ws");

    public static void AddShownCredentials(this AuthenticationBuilder authentication) => authentication
        .AddPolicyScheme(AnyScheme, null, scheme => scheme.ForwardDefaultSelector = SchemeOf)
        .AddPolicyScheme(RealScheme, null, scheme => scheme.ForwardDefaultSelector = http =>
            SchemeOf(http) is var shown && shown == LocalCaller.SchemeName ? UserScheme : shown)
        .AddPolicyScheme(OpenScheme, null, scheme => scheme.ForwardDefaultSelector = http =>
            SchemeOf(http) is var shown && shown == LocalCaller.SchemeName
                && http.RequestServices.GetRequiredService<IOptions<LivenessOptions>>().Value.Open
                ? OpenCaller.SchemeName
                : shown)
        .AddScheme<AuthenticationSchemeOptions, OpenCaller>(OpenCaller.SchemeName, null)
        .AddScheme<AuthenticationSchemeOptions, ApiKeyCaller>(ApiKeyScheme, null)
        .AddScheme<AuthenticationSchemeOptions, BasicCaller>(BasicScheme, null)
        .AddScheme<AuthenticationSchemeOptions, SessionCaller>(SessionScheme, null)
        .AddUserCaller();
}
