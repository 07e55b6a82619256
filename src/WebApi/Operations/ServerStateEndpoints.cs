using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Operations;

/// <summary>GET /health and /config of the contract, and the probes of whoever keeps the process running.</summary>
internal static class ServerStateEndpoints
{
    public static void MapServerState(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", Health).NeedsAnyCaller()
            .Describe("Server", "How many faces can be recognised", "`encodings` counts templates, `labels` students.")
            .Answers(200, "The counts", """{"ok":true,"encodings":120,"labels":40}""");
        app.MapGet("/config", Config).NeedsAnyCaller()
            .Describe("Server", "The settings in force")
            .Answers(200, "The settings", """{"tolerance":0.45,"webhook_enabled":true,"cooldown_seconds":5}""");
        // Probes come from an orchestrator that has no credentials; they tell nothing but up or down.
        app.MapGet("/health/live", () => Results.Json(new { status = "live" })).AllowAnonymous().WithMetadata(new QuietRequest())
            .Describe("Server", "Whether the process answers", "Open to everybody.")
            .Answers(200, "It does", """{"status":"live"}""");
        app.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithMetadata(new QuietRequest())
            .Describe("Server", "Whether requests can be served", "Open to everybody.")
            .Answers(200, "They can",
                """{"status":"ready","checks":{"database":"ok","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}""")
            .Answers(503, "Something is missing, or the server is stopping",
                """{"status":"not_ready","checks":{"database":"failed","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}""");
    }

    private static IResult Health(HttpContext http, IGallery gallery)
    {
        var (templates, students) = gallery.Count(http.School());
        return Results.Json(new HealthAnswer(true, templates, students.Total), ContractJson.Wire.HealthAnswer);
    }

    private static IResult Config(
        HttpContext http, IOptions<RecognitionOptions> recognition, IGallery gallery, IOptions<AttendanceOptions> attendance,
        IEventDelivery delivery)
    {
        var policy = recognition.Value.PolicyFor(gallery.Count(http.School()).Students);
        return Results.Json(
            new ConfigAnswer(
                policy.Scale.DistanceOf(policy.Threshold), delivery.IsEnabledFor(http.School()), attendance.Value.Cooldown.TotalSeconds),
            ContractJson.Wire.ConfigAnswer);
    }

    private static async Task<IResult> ReadyAsync(HealthCheckService health, CancellationToken ct)
    {
        var report = await health.CheckHealthAsync(ct);
        var isReady = report.Status == HealthStatus.Healthy;
        return new JsonAnswer(isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, null, json =>
        {
            json.WriteString("status", isReady ? "ready" : "not_ready");
            json.WriteStartObject("checks");
            foreach (var (name, entry) in report.Entries) json.WriteString(name, entry.Status == HealthStatus.Healthy ? "ok" : "failed");
            json.WriteEndObject();
        });
    }
}
