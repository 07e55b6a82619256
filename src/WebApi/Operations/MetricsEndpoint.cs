using FaceAttendance.Infrastructure.Operations;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Operations;

/// <summary>Who may read the metrics. Section: <c>Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    /// <summary>METRICS_OPEN: anybody who reaches the server may, for scrapers that carry no key.</summary>
    public bool Open { get; set; }
}

/// <summary>GET /metrics, for Prometheus.</summary>
internal static class MetricsEndpoint
{
    public static void AddMetricsPage(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddOptions<MetricsOptions>().BindConfiguration("Metrics");
        services.AddSingleton<MetricsCollector>();
    }

    public static void MapMetrics(this WebApplication app)
    {
        // Counts from now on, and not from the first time that somebody asks.
        app.Services.GetRequiredService<MetricsCollector>();
        var page = app.MapGet("/metrics", WriteAsync).WithMetadata(new QuietRequest())
            .Describe("GetMetrics", ApiGroup.Server, "What the server counts, for Prometheus",
                "Text format 0.0.4, or OpenMetrics 1.0.0 where it is asked for. The numbers are of all schools together, so it needs an " +
                "admin's credentials of the first school, whose are the server's, unless `METRICS_OPEN` is set; docs/runbook.md " +
                "explains every metric.")
            .AnswersText(200, "The metrics", "text/plain", "faceattendance_database_up 1\n")
            .AnswersText(200, "The metrics", "application/openmetrics-text", "faceattendance_database_up 1\n# EOF\n");
        if (app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Open) page.AllowAnonymous();
        else page.NeedsOperator();
    }

    private static async Task<IResult> WriteAsync(HttpRequest request, MetricsCollector collector, ServerState vitals, CancellationToken ct)
    {
        var text =
            new PrometheusText(request.Headers.Accept.ToString()
                .Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase));
        foreach (var family in collector.Read()) text.Write(family);

        var gallery = vitals.ReadGallery();
        text.Write("faceattendance_gallery_schools", "Schools whose faces are in memory.", gallery.Schools);
        text.Write("faceattendance_gallery_bytes", "What the galleries in memory take.", gallery.Bytes);
        text.Write("faceattendance_gallery_templates", "Face templates in memory, of all schools.", gallery.Templates);
        text.Write("faceattendance_gallery_students", "Students with a face template in memory, of all schools.", gallery.Students);
        text.Write(
            "faceattendance_match_threshold",
            "Cosine similarity from which a face counts as a student's, in the school where it is highest.", vitals.ReadThreshold());
        var outbox = await vitals.ReadOutboxAsync(ct);
        text.Write("faceattendance_database_up", "Whether the database answered when it was last asked for the outbox: 1 or 0.",
            outbox is null ? 0 : 1);
        if (outbox is not null)
        {
            text.Write("faceattendance_outbox_pending", "Events that wait for their delivery.", outbox.Pending);
            text.Write("faceattendance_outbox_dead", "Events that were given up.", outbox.Dead);
            text.Write("faceattendance_outbox_oldest_pending_seconds", "Age of the oldest event that waits for its delivery.",
                outbox.OldestPending.TotalSeconds);
        }
        return Results.Text(text.End(), text.ContentType);
    }
}
