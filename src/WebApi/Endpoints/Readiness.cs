using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Persistence;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FaceAttendance.WebApi.Endpoints;

/// <summary>What must be there before requests can be served.</summary>
internal static class Readiness
{
    // A probe that hangs is as bad as one that fails; orchestrators ask every few seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void AddReadiness(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseCheck>("database", timeout: Patience)
        .AddCheck<ModelsCheck>("models", timeout: Patience);

    /// <summary>Asks for the smallest page of students, so that the tables are known to be there and not only the server.</summary>
    private sealed class DatabaseCheck(IStudents students) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await students.ListAsync(SchoolId.First, query: null, limit: 1, offset: 0, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception e) when (DatabaseFailures.IsUnavailable(e) || e is OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy();
            }
        }
    }

    /// <summary>The models are loaded before the server listens, so that they are known by their contract as soon as anybody can ask.</summary>
    private sealed class ModelsCheck(IFaceAnalyzer analyzer) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(analyzer.Contract.Value.Length > 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }
}
