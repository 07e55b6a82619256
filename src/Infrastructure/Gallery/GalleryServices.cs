using FaceAttendance.Application.Recognition;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Gallery;

internal static class GalleryServices
{
    public static IServiceCollection AddGallery(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<GalleryOptions, GalleryOptionsValidator>().BindConfiguration("Gallery");
        services.AddSingleton<InMemoryGallery>();
        services.AddSingleton<IGallery>(provider => provider.GetRequiredService<InMemoryGallery>());
        services.AddSingleton<GalleryFollower>();
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<GalleryFollower>());
        services.AddHostedService(provider => provider.GetRequiredService<GalleryFollower>());
        return services;
    }
}
