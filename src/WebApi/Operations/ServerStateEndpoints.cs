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

internal sealed record LiveAnswer(string Status);

/// <param name="Status">ready or not_ready.</param>
/// <param name="Checks">Each ok or failed.</param>
internal sealed record ReadyAnswer(string Status, IReadOnlyDictionary<string, string> Checks);

/// <summary>GET /health and /config of the contract, and the probes of whoever keeps the process running.</summary>
internal static class ServerStateEndpoints
{
    public static void MapServerState(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", HealthAsync).NeedsAnyCaller()
            .Describe("GetHealth", ApiGroup.Server, "How many faces can be recognised", "`encodings` counts templates, `labels` students.")
            .Answers<HealthAnswer>(200, "The counts", """{"ok":true,"encodings":120,"labels":40}""");
        app.MapGet("/config", ConfigAsync).NeedsAnyCaller()
            .Describe("GetConfig", ApiGroup.Server, "The settings in force")
            .Answers<ConfigAnswer>(200, "The settings", """{"tolerance":0.45,"webhook_enabled":true,"cooldown_seconds":5}""");
        // Probes come from an orchestrator that has no credentials; they tell nothing but up or down.
        app.MapGet("/health/live", () => TypedResults.Ok(new LiveAnswer("live"))).AllowAnonymous().WithMetadata(new QuietRequest())
            .Describe("GetLiveness", ApiGroup.Server, "Whether the process answers", "Open to everybody.")
            .Answers<LiveAnswer>(200, "It does", """{"status":"live"}""");
        app.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithMetadata(new QuietRequest())
            .Describe("GetReadiness", ApiGroup.Server, "Whether requests can be served", "Open to everybody.")
            .Answers<ReadyAnswer>(
                200, "They can",
                """{"status":"ready","checks":{"database":"ok","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}""")
            .Answers<ReadyAnswer>(503, "Something is missing, or the server is stopping",
                """{"status":"not_ready","checks":{"database":"failed","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}""");
    }

    private static async Task<IResult> HealthAsync(HttpContext http, IGallery gallery, CancellationToken ct)
    {
        var opened = await gallery.OpenAsync(http.School(), ct);
        if (opened.Error is { } error) return error.ToAnswer(http);
        return Results.Json(new HealthAnswer(true, opened.Value.Templates, opened.Value.Students.Total), ContractJson.Wire.HealthAnswer);
    }

    private static async Task<IResult> ConfigAsync(
        HttpContext http, IOptions<RecognitionOptions> recognition, IGallery gallery, IOptions<AttendanceOptions> attendance,
        IEventDelivery delivery, CancellationToken ct)
    {
        var opened = await gallery.OpenAsync(http.School(), ct);
        if (opened.Error is { } error) return error.ToAnswer(http);
        var policy = recognition.Value.PolicyFor(opened.Value.Students);
        return Results.Json(
            new ConfigAnswer(
                policy.Scale.DistanceOf(policy.Threshold), delivery.IsEnabledFor(http.School()), attendance.Value.Cooldown.TotalSeconds),
            ContractJson.Wire.ConfigAnswer);
    }

    private static async Task<IResult> ReadyAsync(HealthCheckService health, CancellationToken ct)
    {
        var report = await health.CheckHealthAsync(ct);
        var isReady = report.Status == HealthStatus.Healthy;
        return new JsonAnswer<ReadyAnswer>(
            isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new(isReady ? "ready" : "not_ready", report.Entries.ToDictionary(
                check => check.Key, check => check.Value.Status == HealthStatus.Healthy ? "ok" : "failed")));
    }
}
