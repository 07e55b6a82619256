using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Secrets;

internal static class SecretsServices
{
    public static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddOptions<StorageKeyOptions>().BindConfiguration("StorageKeys");
        services.AddSingleton<StorageKeySource>();
        services.AddSingleton(provider => provider.GetRequiredService<StorageKeySource>().Find());
        services.AddSingleton<StorageKeyRegister>();
        services.AddSingleton<ServerSecrets>();
        return services;
    }
}
