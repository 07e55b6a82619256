using System.Threading.RateLimiting;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Live;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>How many requests a caller may make: each key and each user for itself, and each address for those who show nothing.</summary>
internal static class CallerLimits
{
    public static void AddCallerLimits(this IServiceCollection services)
    {
        services.AddSingleton<LiveConnections>();
        services.AddSingleton<ConnectionOwners>();
        services.AddSingleton<CredentialWatches>();
        services.AddSingleton<KeyLookUps>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<AccessOptions>>((limiter, access) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => PartitionOf(http, access.Value));
            limiter.OnRejected = async (rejected, _) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : TimeSpan.FromSeconds(1);
                await AccessErrors.TooMany(wait).ToAnswer(rejected.HttpContext).ExecuteAsync(rejected.HttpContext);
            };
        });
    }

    private static RateLimitPartition<string> PartitionOf(HttpContext http, AccessOptions access)
    {
        if (CallerKey.IsLocal(http)) return RateLimitPartition.GetNoLimiter(LocalCaller.SchemeName);
        // Probes share nothing with callers, so that nobody's calls make an orchestrator think the process dead.
        var isProbe = http.GetEndpoint()?.Metadata.GetMetadata<QuietRequest>() is not null;
        var name = isProbe ? $"probe {CallerAddress.Of(http)}" : CallerKey.Of(http);
        return BucketOf(name, access);
    }

    /// <summary>What a caller may ask for: a burst, and so much a second.</summary>
    public static RateLimitPartition<string> BucketOf(string name, AccessOptions access) =>
        RateLimitPartition.GetTokenBucketLimiter(name, _ => new()
        {
            TokenLimit = access.RequestBurst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) / access.RequestsPerSecond,
        });
}
