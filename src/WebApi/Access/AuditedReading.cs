using FaceAttendance.Application.Audit;

namespace FaceAttendance.WebApi.Access;

/// <summary>That a route shows many people at once, which the audit log remembers.</summary>
internal sealed record AuditedReading(string Action);

internal static class AuditedReadings
{
    /// <summary>Notes who asked before anything is read: what cannot be noted is not shown.</summary>
    /// <param name="subject">What is read, in the log's words.</param>
    public static RouteHandlerBuilder AuditsReading(this RouteHandlerBuilder endpoint, string action, string subject) => endpoint
        .WithMetadata(new AuditedReading(action))
        .AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            await http.RequestServices.GetRequiredService<IAuditLog>()
                .AppendAsync(new(http.School(), action, subject), http.RequestAborted);
            return await next(context);
        });
}
