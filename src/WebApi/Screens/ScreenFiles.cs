using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Screens;

/// <summary>
/// The pages' scripts, styles and pictures as they were built: each in the smallest form that the browser takes of those that lie there.
/// What has a hash in its name is kept for good, everything else is asked about each time.
/// </summary>
internal static class ScreenFiles
{
    private const string Hashed = "/assets";

    // With which the kiosk starts while the server is away.
    private const string Worker = "sw.js";
    private const string WorkersPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'";

    private static readonly (string Coding, string Ending)[] Codings = [("br", ".br"), ("gzip", ".gz")];

    public static void UseScreenFiles(this WebApplication app, string folder)
    {
        var files = new PhysicalFileProvider(folder);
        app.Use(async (http, next) =>
        {
            var asked = http.Request.Path;
            // Those are pages, which are not given out as they lie there.
            if (http.GetEndpoint() is not null || asked.Value is not { } path || path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            {
                await next(http);
                return;
            }
            var accepted = http.Request.GetTypedHeaders().AcceptEncoding;
            foreach (var (coding, ending) in Codings)
            {
                if (!accepted.Any(a => a.Value == coding && a.Quality is null or > 0) || !files.GetFileInfo(path + ending).Exists) continue;
                http.Request.Path = asked + ending;
                break;
            }
            try
            {
                await next(http);
            }
            finally
            {
                http.Request.Path = asked;
            }
        });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new TypesOfPlainNames(),
            OnPrepareResponse = static prepared =>
            {
                var (headers, name) = (prepared.Context.Response.Headers, prepared.File.Name);
                foreach (var (coding, ending) in Codings)
                {
                    if (name.EndsWith(ending, StringComparison.Ordinal)) headers.ContentEncoding = coding;
                }
                headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
                // What the worker itself loads is under the policy that came with it.
                if (name.StartsWith(Worker, StringComparison.Ordinal)) headers.ContentSecurityPolicy = WorkersPolicy;
                headers.CacheControl = prepared.Context.Request.Path.StartsWithSegments(Hashed, StringComparison.Ordinal)
                    ? "public, max-age=31536000, immutable" : "no-cache";
            },
        });
    }

    /// <summary>The type of what is compressed, not of the compression.</summary>
    private sealed class TypesOfPlainNames : IContentTypeProvider
    {
        private readonly FileExtensionContentTypeProvider _types = new()
        {
            Mappings = { [".webmanifest"] = "application/manifest+json", [".js"] = "text/javascript" },
        };

        public bool TryGetContentType(string subpath, out string contentType)
        {
            foreach (var (_, ending) in Codings)
            {
                if (subpath.EndsWith(ending, StringComparison.Ordinal)) subpath = subpath[..^ending.Length];
            }
            return _types.TryGetContentType(subpath, out contentType!);
        }
    }
}
