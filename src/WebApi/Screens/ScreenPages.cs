using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Screens;

/// <summary>
/// The server's own pages: the console at every address that a browser goes to and that is nobody else's, the check-in and the kiosk at
/// their own. They run their own scripts and nothing else, and ask nobody else for anything but a map's tiles.
/// </summary>
internal static class ScreenPages
{
    private const string Console = "index.html";

    /// <summary>In the console's page, in the place of a number that no other answer has.</summary>
    private const string NoncePlace = "__CSP_NONCE__";

    private static readonly Dictionary<string, string> Named = new(StringComparer.Ordinal)
    {
        ["/"] = Console,
        ["/index.html"] = Console,
        ["/check-in"] = "check-in.html",
        ["/check-in.html"] = "check-in.html",
        ["/kiosk"] = "kiosk.html",
        ["/kiosk.html"] = "kiosk.html",
    };

    // Programs' own, where nothing becomes a page.
    private static readonly string[] Programs =
        ["/api", "/ws", "/hubs", "/swagger", "/docs", "/openapi.json", "/metrics", "/config", "/assets", "/health/live", "/health/ready"];

    /// <summary>After routes are chosen, and before callers are looked at: whoever is not logged in gets the page that logs in.</summary>
    public static void UseScreens(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ScreenOptions>>().Value;
        var folder = ScreenFolder.Find(options);
        app.Use((http, next) => PageOf(http) is not { } page ? next(http)
            : folder is null ? (http.Request.Path == "/" ? WithoutPages(http) : next(http))
            : WriteAsync(http, Path.Combine(folder, page), options.MapTilesOrigin));
        if (folder is not null) app.UseScreenFiles(folder);
    }

    /// <returns>The file; null for what is no page's address.</returns>
    private static string? PageOf(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) return null;
        if (http.GetEndpoint() is null && Named.TryGetValue(http.Request.Path.Value ?? "", out var named)) return named;
        if (Programs.Any(path => http.Request.Path.StartsWithSegments(path)) || Path.HasExtension(http.Request.Path.Value)) return null;
        var accepts = http.Request.GetTypedHeaders().Accept;
        if (!accepts.Any(a => a.MediaType == "text/html" && a.Quality is null or > 0)) return null;
        // The console has pages under names that programs know, such as /students. They are meant by a person who goes there, which a
        // browser says, and by nobody else.
        return http.GetEndpoint() is null || http.Request.Headers["Sec-Fetch-Dest"] == "document" ? Console : null;
    }

    private static async Task WriteAsync(HttpContext http, string file, string? tiles)
    {
        var text = await File.ReadAllTextAsync(file, http.RequestAborted);
        var nonce = text.Contains(NoncePlace, StringComparison.Ordinal) ? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18))
            : null;
        if (nonce is not null) text = text.Replace(NoncePlace, nonce, StringComparison.Ordinal);
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = PolicyOf(nonce, tiles);
        headers["Permissions-Policy"] = "camera=(self), geolocation=(self), screen-wake-lock=(self), fullscreen=(self), microphone=()";
        headers.CacheControl = "no-cache";
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(text, http.RequestAborted);
    }

    private static Task WithoutPages(HttpContext http)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>FaceAttendance</title></head><body>
            <h1>FaceAttendance runs</h1>
            <p>Its pages are not built. A release carries them; in the sources, install Node.js 20.19 or newer and start <code>./run.sh</code>
            again, which builds them, or run <code>npm ci --ignore-scripts</code> and <code>npm run console:build</code>.</p>
            <p>The API works all the same: <a href="/swagger">/swagger</a>.</p>
            </body></html>
            """, http.RequestAborted);
    }

    // Mantine writes style elements, for which the nonce stands. Attributes of style are set by script, which no policy stops.
    private static string PolicyOf(string? nonce, string? tiles) => string.Join("; ",
        "default-src 'none'", "script-src 'self'", nonce is null ? "style-src 'self'" : $"style-src 'self' 'nonce-{nonce}'",
        $"img-src 'self' blob: data:{(tiles is null ? "" : $" {tiles}")}", "connect-src 'self'", "media-src 'self' blob:",
        "worker-src 'self'", "manifest-src 'self'", "font-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'");
}
