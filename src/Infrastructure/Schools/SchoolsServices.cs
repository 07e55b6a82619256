using FaceAttendance.Application.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Schools;

internal static class SchoolsServices
{
    public static IServiceCollection AddSchools(this IServiceCollection services)
    {
        services.AddSingleton<SchoolCalendars>();
        services.AddSingleton<ISchoolCalendars>(provider => provider.GetRequiredService<SchoolCalendars>());
        services.AddSingleton<IChannelListener>(provider => provider.GetRequiredService<SchoolCalendars>());
        services.AddSingleton<ISchools, SchoolStore>();
        return services;
    }
}
