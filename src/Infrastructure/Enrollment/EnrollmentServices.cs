using FaceAttendance.Application.Enrollment;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Enrollment;

internal static class EnrollmentServices
{
    public static IServiceCollection AddEnrollment(this IServiceCollection services)
    {
        services.AddSingleton<TemplateKeyRotator>();
        services.AddSingleton<ITemplateKeys>(provider => provider.GetRequiredService<TemplateKeyRotator>());
        services.AddSingleton<ITemplates, TemplateStore>();
        return services;
    }
}
