using Microsoft.AspNetCore.Diagnostics;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace FaceAttendance.WebApi.Errors;

/// <summary>Marks a route that programs ask every few seconds: its requests are logged at Debug, or they would drown the rest.</summary>
internal sealed class QuietRequest;

/// <summary>One line for each request: method, route and outcome. The route's pattern and not the path, for what a caller puts there may be
/// anything.</summary>
internal static class RequestLog
{
    private const string Source = "FaceAttendance.WebApi.Requests";

    private const int Number = 1801;

    private static readonly string[] Methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options,
            HttpMethods.Connect];

    public static void UseRequestLog(this WebApplication app) => app.UseSerilogRequestLogging(log =>
    {
        // The package logs under the name of a class of its own. Operators know ours, and set its level; the logger behind this one has
        // both.
        log.Logger = new LoggerConfiguration().MinimumLevel.Verbose()
            .WriteTo.Logger(app.Services.GetRequiredService<Serilog.ILogger>().ForContext(Constants.SourceContextPropertyName, Source))
            .CreateLogger();
        log.MessageTemplate = "{Method} {Route} {Status} in {Milliseconds} ms, {Bytes} bytes taken";
        log.GetLevel = (http, _, _) =>
            EndpointOf(http)?.Metadata.GetMetadata<QuietRequest>() is null ? LogEventLevel.Information : LogEventLevel.Debug;
        // In place of the package's own, which hold the path. The status is what the caller was told, even where the rest of the answer
        // failed.
        log.GetMessageTemplateProperties = (http, _, milliseconds, _) =>
        [
            Property(Constants.SourceContextPropertyName, Source),
            new("EventId", new StructureValue([Property("Id", Number)])),
            Property("Method", MethodOf(http.Request)),
            Property("Route", (EndpointOf(http) as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)"),
            Property("Status", http.Response.StatusCode),
            Property("Milliseconds", (long)milliseconds),
            Property("Bytes", http.Request.ContentLength ?? 0),
        ];
    });

    private static LogEventProperty Property(string name, object value) => new(name, new ScalarValue(value));

    // The handler of exceptions takes the request's own endpoint away.
    private static Endpoint? EndpointOf(HttpContext http) => http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;

    // A method is whatever word the caller makes up.
    private static string MethodOf(HttpRequest request) =>
        Methods.FirstOrDefault(m => HttpMethods.Equals(m, request.Method)) ?? "(other method)";
}
