using FaceAttendance.Application.Events;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Broadcast;

internal static class BroadcastServices
{
    public static IServiceCollection AddBroadcast(this IServiceCollection services)
    {
        services.AddSingleton<AttendanceFeed>();
        services.AddSingleton<IAttendanceFeed>(provider => provider.GetRequiredService<AttendanceFeed>());
        services.AddHostedService<LiveBroadcast>();
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<AttendanceFeed>());
        return services;
    }
}
