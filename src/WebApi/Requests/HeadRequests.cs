namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// Answers HEAD wherever GET is answered, with the same status and headers; the server beneath leaves the body out. Load balancers ask so
/// whether a server is alive.
/// </summary>
internal static class HeadRequests
{
    /// <summary>Before routes are chosen.</summary>
    public static void UseHeadRequests(this WebApplication app) => app.Use(async (http, next) =>
    {
        // A hub's GET begins or goes on with a connection, and is nothing to ask about.
        if (!HttpMethods.IsHead(http.Request.Method) || http.Request.Path.StartsWithSegments("/hubs"))
        {
            await next(http);
            return;
        }
        http.Request.Method = HttpMethods.Get;
        try
        {
            await next(http);
        }
        finally
        {
            http.Request.Method = HttpMethods.Head;
        }
    });
}
