using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.OpenApi;

/// <summary>
/// Whoever is logged in to the console is so on Swagger's page: a script of its own shows the session's CSRF token with what changes
/// something, unless other credentials were entered there. Swagger UI's interceptors are made of text by eval, which the page's policy
/// forbids.
/// </summary>
internal static class SwaggerSession
{
    public const string Path = "/swagger-session.js";

    private const string Script =
        $$"""
        {
          const send = window.fetch;
          const safe = ["GET", "HEAD", "OPTIONS"];
          window.fetch = async (address, options = {}) => {
            const headers = new Headers(options.headers);
            const isShown = headers.has("Authorization") || headers.has("{{ShownCredentials.ApiKeyHeader}}");
            const isOwn = new URL(address, location.href).origin === location.origin;
            if (isOwn && !isShown && !safe.includes((options.method ?? "GET").toUpperCase())) {
              const session = await send("/api/v1/session");
              const token = session.status === 200 && (await session.json()).csrf_token;
              if (token) headers.set("{{SessionCookie.CsrfHeader}}", token);
            }
            return send(address, { ...options, headers });
          };
        }
        """;

    /// <summary>A part of Swagger's page, and no operation.</summary>
    public static Task AnswerAsync(HttpContext http, RequestDelegate next) =>
        http.Request.Path == Path && HttpMethods.IsGet(http.Request.Method)
            ? TypedResults.Text(Script, "text/javascript").ExecuteAsync(http)
            : next(http);
}
