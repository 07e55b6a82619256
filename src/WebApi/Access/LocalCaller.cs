using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.WebApi.Operations;
using FaceAttendance.WebApi.Screens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Lets in the user of this very machine without credentials, so that the contract's clients work unchanged on a developer's desk: in
/// Development, from a loopback address, by a program of the server's own user, with nothing that speaks of a proxy in between. A request
/// that shows a credential goes by it instead (<see cref="ShownCredentials"/>).
/// </summary>
internal sealed partial class LocalCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "local";

    private static readonly ClaimsPrincipal Local = new(new ClaimsIdentity(
        [new(ClaimTypes.Name, "local"), new(AccessRules.SchoolClaim, SchoolId.First.Value.ToString()),
            new(AccessRules.ScopeClaim, Scopes.Admin)], SchemeName));

    // Each says that the request came through something else, so that the peer's address is not the caller's. Proxies have invented so many
    // that they are known by what their names have in common; no program that calls for itself sends one.
    private static readonly string[] ForwardingHeaders = ["Via", "CDN-Loop"];

    // X-Original-… is what the headers of a trusted proxy become when they are believed.
    private static readonly string[] ForwardingWords =
        ["forward", "proxy", "proxied", "real-ip", "realip", "client-ip", "clientip", "connecting-ip", "remote-ip", "remote-addr",
            "x-original-", "x-envoy-"];

    /// <returns>Why the request is not the local user's own, or null when it is.</returns>
    internal static string? Objection(HttpContext http, bool isDevelopment) => Objection(http, isDevelopment, PeerSocket.IsOfThisUser);

    internal static string? Objection(HttpContext http, bool isDevelopment, Func<HttpContext, bool> isOfThisUser)
    {
        if (!isDevelopment) return "the environment is not Development";
        if (http.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote)) return "the peer is not this machine";
        var headers = http.Request.Headers;
        foreach (var (name, _) in headers)
        {
            if (ForwardingHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)
                || ForwardingWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                return "a proxy stands in between";
            }
        }
        // What a proxy speaks when it is told no more than where to pass requests on to; clients have spoken 1.1 since 1999.
        if (!IsAtLeastHttp11(http.Request.Protocol)) return "HTTP/1.0 is what proxies speak";
        // A page of any site can make the browser on this machine send requests here. One whose name was rebound to 127.0.0.1 still sends
        // that name as Host; one that posts across sites or opens a socket sends its own origin.
        if (!Loopback.IsHost(http.Request.Host.Host)) return "the Host header names another machine";
        var isFromPage = headers.TryGetValue(HeaderNames.Origin, out var origin);
        if (isFromPage && !IsLoopbackOrigin(origin.ToString())) return "a page of another site asks";
        // Said by browsers of requests that carry no Origin too, such as a link that was followed or a picture that a page shows.
        if (headers.TryGetValue("Sec-Fetch-Site", out var site) && !IsOwnSite(site.ToString(), isFromPage))
        {
            return "a page of another site asks; one of this machine must call the server by the page's own host name (localhost and " +
                "127.0.0.1 are two sites)";
        }
        return isOfThisUser(http) ? null : "the program that asks is not of the server's own user";
    }

    /// <summary>Whether an Origin header names a page served by this machine. The word <c>null</c>, which any sandboxed page may send, does
    /// not.</summary>
    internal static bool IsLoopbackOrigin(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Scheme == Uri.UriSchemeHttp || page.Scheme == Uri.UriSchemeHttps)
        && Loopback.IsHost(page.Host);

    /// <param name="site">Where a browser says that the request comes from; <c>none</c> when a person typed the address.</param>
    /// <param name="isFromLoopbackPage">
    /// Whether the request names a page of this machine, as it does whenever that page may read the answer. The same site is the same host
    /// then, on another port. A page that only shows a picture or follows a link names itself nowhere, and has no business here.
    /// </param>
    private static bool IsOwnSite(string site, bool isFromLoopbackPage) => site.ToLowerInvariant() switch
    {
        "none" or "same-origin" => true,
        "same-site" => isFromLoopbackPage,
        _ => false,
    };

    private static bool IsAtLeastHttp11(string protocol) =>
        HttpProtocol.IsHttp11(protocol) || HttpProtocol.IsHttp2(protocol) || HttpProtocol.IsHttp3(protocol);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Objection(Context, environment.IsDevelopment()) is not { } objection)
        {
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(Local, SchemeName)));
        }
        Log.NotLocal(Logger, objection);
        return Task.FromResult(AuthenticateResult.NoResult());
    }

    private static partial class Log
    {
        [LoggerMessage(1810, LogLevel.Information, "A request without credentials was not let in: {Objection}.")]
        public static partial void NotLocal(ILogger logger, string objection);
    }
}

/// <summary>Who may call, for the whole server.</summary>
internal static class Callers
{
    public static void AddCallers(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AccessOptions, AccessOptionsValidator>().BindConfiguration("Access");
        // AddAuthentication() would bring tickets along, which nothing here uses.
        services.AddAuthenticationCore(authentication => authentication.DefaultScheme = ShownCredentials.AnyScheme);
        services.AddWebEncoders();
        services.AddHttpContextAccessor();
        services.AddSingleton<ICaller, HttpCaller>();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, LocalCaller>(LocalCaller.SchemeName, null)
            .AddShownCredentials();
        // The fallback covers every route that does not say otherwise, and those that do not exist.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>();
        services.AddSingleton<KnownPasswords>();
        services.AddSingleton<ShownKeys>();
        services.AddCallerLimits();
        services.Configure<HubOptions>(hub => hub.AddFilter<HubCredentials>());
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<AccessOptions>>((cors, access) =>
        {
            var others = Origins.Parse(access.Value.CorsOrigins)!;
            // SignalR's clients ask for credentials to be allowed, though none travel by themselves; each origin is named, for a * would
            // not do then. A page on another port of this machine may call: the contract's demo page is one.
            cors.AddDefaultPolicy(policy =>
                policy.SetIsOriginAllowed(origin => LocalCaller.IsLoopbackOrigin(origin) || others.Contains(origin))
                .AllowCredentials()
                .AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(HeaderNames.RetryAfter, HeaderNames.Location));
        });
    }

    /// <summary>Believes trusted proxies about where a request comes from; before anything that asks.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        if (AddressList.Parse(
            app.Services.GetRequiredService<IOptions<AccessOptions>>().Value.TrustedProxies) is not { Count: > 0 } proxies) return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies) options.KnownIPNetworks.Add(proxy);
        app.UseForwardedHeaders(options);
    }

    public static void UseCallers(this WebApplication app)
    {
        app.UseRouting();
        app.UseScreens();
        app.UseCors();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
    }
}
