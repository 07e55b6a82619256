using FaceAttendance.Application.Presence;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Presence;

internal static class PresenceServices
{
    public static IServiceCollection AddPresence(this IServiceCollection services)
    {
        services.AddSingleton<SiteStore>();
        services.AddSingleton<ISites>(provider => provider.GetRequiredService<SiteStore>());
        services.AddSingleton<ISiteSearch>(provider => provider.GetRequiredService<SiteStore>());
        services.AddSingleton<IEvidencePolicies>(provider => provider.GetRequiredService<SiteStore>());
        services.AddOptionsWithValidateOnStart<PresenceOptions, PresenceOptionsValidator>().BindConfiguration("Presence");
        return services;
    }
}
