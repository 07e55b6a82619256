using FaceAttendance.Application.Events;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Broadcast;

internal static class BroadcastServices
{
    public static IServiceCollection AddBroadcast(this IServiceCollection services)
    {
        services.AddOptions<BroadcastOptions>().BindConfiguration("Broadcast")
            .Validate(o => o.Redis is not { Length: > 0 } url || BroadcastOptions.IsAddress(url),
                "Broadcast:Redis is no address of Redis; it looks like redis://:password@10.0.0.5:6379.")
            .ValidateOnStart();
        services.AddSingleton<AttendanceFeed>();
        services.AddSingleton<IAttendanceFeed>(provider => provider.GetRequiredService<AttendanceFeed>());
        // Either way PostgreSQL is listened to: processes that were not told of Redis yet are heard, too.
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<IOptions<BroadcastOptions>>().Value.Redis
            is { Length: > 0 }
                ? ActivatorUtilities.CreateInstance<RedisBroadcast>(provider)
                : ActivatorUtilities.CreateInstance<LiveBroadcast>(provider));
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<AttendanceFeed>());
        return services;
    }
}
