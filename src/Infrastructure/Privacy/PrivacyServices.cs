using FaceAttendance.Application.Privacy;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Privacy;

internal static class PrivacyServices
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<PrivacyOptions, PrivacyOptionsValidator>().BindConfiguration("Privacy");
        services.AddSingleton<ErasureList>();
        services.AddSingleton<ErasureReplay>();
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<IConsents>(provider => provider.GetRequiredService<ConsentStore>());
        services.AddSingleton<StudentRights>();
        services.AddSingleton<IStudentRights>(provider => provider.GetRequiredService<StudentRights>());
        services.AddSingleton<IRetention, RetentionStore>();
        services.AddHostedService<RetentionJob>();
        return services;
    }
}
