using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;

namespace FaceAttendance.WebApi.Errors;

/// <summary>Marks a route that programs ask every few seconds: its requests are logged at Debug, or they would drown the rest.</summary>
internal sealed class QuietRequest;

/// <summary>One line for each request: method, route and outcome. The route's pattern and not the path, for what a caller puts there may be
/// anything.</summary>
internal static partial class RequestLog
{
    private static readonly string[] Methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options,
            HttpMethods.Connect];

    public static void UseRequestLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("FaceAttendance.WebApi.Requests");
        app.Use(async (http, next) =>
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await next(http);
            }
            finally
            {
                var endpoint = http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
                var route = (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
                var level = endpoint?.Metadata.GetMetadata<QuietRequest>() is null ? LogLevel.Information : LogLevel.Debug;
                var milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                var method = MethodOf(http.Request);
                Log.Answered(logger, level, method, route, http.Response.StatusCode, milliseconds, http.Request.ContentLength ?? 0);
            }
        });
    }

    // A method is whatever word the caller makes up.
    private static string MethodOf(HttpRequest request) =>
        Methods.FirstOrDefault(m => HttpMethods.Equals(m, request.Method)) ?? "(other method)";

    private static partial class Log
    {
        [LoggerMessage(EventId = 1801, Message = "{Method} {Route} {Status} in {Milliseconds} ms, {Bytes} bytes taken")]
        public static partial void Answered(
            ILogger logger, LogLevel level, string method, string route, int status, long milliseconds, long bytes);
    }
}
