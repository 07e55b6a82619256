using System.Diagnostics;

namespace FaceAttendance.WebApi.Errors;

/// <summary>
/// One id for a request everywhere: in each line of the log, in the answer's X-Request-Id, and as a problem document's traceId. It is the
/// trace id of W3C Trace Context, the caller's own where the request came with a traceparent.
/// </summary>
internal static class RequestIds
{
    public const string Header = "X-Request-Id";

    public static void UseRequestIds(this WebApplication app) => app.Use((http, next) =>
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity) http.TraceIdentifier = activity.TraceId.ToHexString();
        // At the last moment, for the handler of exceptions empties the headers.
        http.Response.OnStarting(static state =>
        {
            var started = (HttpContext)state;
            started.Response.Headers[Header] = started.TraceIdentifier;
            return Task.CompletedTask;
        }, http);
        return next(http);
    });
}
