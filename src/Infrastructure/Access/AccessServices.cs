using FaceAttendance.Application.Access;
using FaceAttendance.Application.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Access;

internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyCache>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<IApiKeys>(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton<IDevices>(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton(provider => new OperatorAccess(
            provider.GetRequiredService<ApiKeyStore>(), provider.GetRequiredService<DatabasePreparation>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UserStore>();
        services.AddSingleton<IUsers>(provider => provider.GetRequiredService<UserStore>());
        services.AddSingleton<INamedStudents>(provider => provider.GetRequiredService<UserStore>());
        services.AddSingleton<ILogIns, LogInStore>();
        services.AddSingleton<IBrowserSessions, BrowserSessionStore>();
        services.AddSingleton<ILogInHistory, LogInHistory>();
        services.AddSingleton<IPasswords, Passwords>();
        services.AddSingleton(provider => new UserTokens(
            provider.GetRequiredService<ServerSecrets>(), provider.GetRequiredService<IOptions<AccountOptions>>()));
        services.AddSingleton<IUserTokens>(provider => provider.GetRequiredService<UserTokens>());
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<ApiKeyCache>());
        return services;
    }
}
