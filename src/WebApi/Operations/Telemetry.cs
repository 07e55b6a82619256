using System.Diagnostics;
using FaceAttendance.Application;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Traces and metrics over OTLP, for those who have a collector; off until one is named. How to reach it, and how much of it is sampled, is
/// said with OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER and so on).
/// </summary>
internal static class Telemetry
{
    /// <summary>How OpenTelemetry calls the collector's address.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public const string EndpointSetting = "Telemetry:Endpoint";

    private const string Requests = "Microsoft.AspNetCore";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[EndpointSetting])) return;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r
                .AddService(ServerTrace.Name, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector())
            .WithTracing(t => t
                .AddAspNetCoreInstrumentation()
                .AddSource(ServerTrace.Name)
                // Before the exporter's own, which is the last to see a span.
                .AddProcessor<WithoutWhatCallersSay>()
                .AddOtlpExporter())
            .WithMetrics(m => m.AddMeter(ServerMeter.Name).AddOtlpExporter());
    }

    /// <summary>
    /// Leaves of a request's span what comes from this code: the route's pattern, and not the path, the query, the addresses, the
    /// browser, or a state that the caller sent along. What is not known here does not leave.
    /// </summary>
    private sealed class WithoutWhatCallersSay : BaseProcessor<Activity>
    {
        private static readonly string[] Kept = ["http.request.method", "http.route", "http.response.status_code", "error.type"];

        public override void OnEnd(Activity data)
        {
            if (data.Source.Name is not (ServerTrace.Name or Requests))
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                return;
            }
            foreach (var (name, _) in data.TagObjects.ToList())
            {
                if (!Kept.Contains(name)) data.SetTag(name, null);
            }
            data.TraceStateString = null;
        }
    }
}
