using FaceAttendance.Application.Cameras;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Cameras;

internal static class CameraServices
{
    public static IServiceCollection AddCameras(this IServiceCollection services)
    {
        services.AddOptions<CameraOptions>().BindConfiguration("Cameras");
        services.AddSingleton<CameraSecrets>();
        services.AddSingleton<CameraStore>();
        services.AddSingleton<ICameras>(provider => provider.GetRequiredService<CameraStore>());
        services.AddSingleton<CameraTargets>();
        services.AddSingleton<ICameraTargets>(provider => provider.GetRequiredService<CameraTargets>());
        services.AddSingleton<CameraFeeds>();
        services.AddSingleton<CameraLeases>();
        services.AddSingleton<CameraKeeper>();
        services.AddSingleton<ICameraPushes>(provider => provider.GetRequiredService<CameraKeeper>());
        services.AddSingleton<ICameraStills>(provider => provider.GetRequiredService<CameraKeeper>());
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<CameraKeeper>());
        services.AddHostedService(provider => provider.GetRequiredService<CameraKeeper>());
        return services;
    }
}
