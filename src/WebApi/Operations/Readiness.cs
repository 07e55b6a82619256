using FaceAttendance.Application.Recognition;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Operations;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FaceAttendance.WebApi.Operations;

/// <summary>What must be there before requests can be served. The names of the checks are what probes are told, with ok or failed and
/// nothing else.</summary>
internal static class Readiness
{
    // A probe that hangs is as bad as one that fails; orchestrators ask every few seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void AddReadiness(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseCheck>("database", timeout: Patience)
        .AddCheck<ModelsCheck>("models", timeout: Patience)
        .AddCheck<GalleryCheck>("gallery", timeout: Patience)
        .AddCheck<DeliveryCheck>("delivery", timeout: Patience)
        .AddCheck<RunningCheck>("running", timeout: Patience);

    private static Task<HealthCheckResult> When(bool isHealthy) =>
        Task.FromResult(isHealthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());

    /// <summary>The database answers, takes in what is written, and has every table that this program needs.</summary>
    private sealed class DatabaseCheck(ServerState vitals) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                return await When(!vitals.IsDatabaseExhausted && await vitals.AreMigrationsCurrentAsync(cancellationToken));
            }
            catch (Exception e) when (DatabaseFailures.IsUnavailable(e) || e is OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy();
            }
        }
    }

    /// <summary>The models are loaded before the server listens, so that they are known by their contract as soon as anybody can
    /// ask.</summary>
    private sealed class ModelsCheck(IFaceAnalyzer analyzer) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            When(analyzer.Contract.Value.Length > 0);
    }

    /// <summary>The templates were loaded, of every school where all fit; otherwise a school's come when they are asked for.</summary>
    private sealed class GalleryCheck(ServerState vitals) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            When(vitals.IsGalleryLoaded);
    }

    /// <summary>The outbox is being looked after. A receiver that is away does not matter here: its events wait.</summary>
    private sealed class DeliveryCheck(ServerState vitals) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            When(vitals.IsDispatcherAlive);
    }

    /// <summary>False from the moment that the server was told to stop.</summary>
    private sealed class RunningCheck(Draining draining) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            When(!draining.IsStopping);
    }
}
