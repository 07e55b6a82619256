using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// What every answer tells browsers and caches: it is what it says it is, no page may frame it or run what stands in it, no other site may
/// embed it, and nobody keeps it. Of Swagger UI's files, which hold nothing of anybody, copies may be kept, and what they need to work is
/// allowed.
/// </summary>
internal static class AnswerHeaders
{
    private const string Nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    // Swagger UI draws with inline styles, and its icons are data: addresses.
    private const string Page =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src " +
        "'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static void UseAnswerHeaders(this WebApplication app) => app.Use((http, next) =>
    {
        // At the last moment, for the handler of exceptions empties the headers.
        http.Response.OnStarting(static state =>
        {
            var (request, headers) = (((HttpContext)state).Request, ((HttpContext)state).Response.Headers);
            var isPage = request.Path.StartsWithSegments("/swagger");
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            // The server's own pages say what they need.
            headers.TryAdd(HeaderNames.ContentSecurityPolicy, isPage ? Page : Nothing);
            headers["Referrer-Policy"] = "no-referrer";
            headers.TryAdd("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (!isPage && !headers.ContainsKey(HeaderNames.CacheControl)) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, http);
        return next(http);
    });
}
