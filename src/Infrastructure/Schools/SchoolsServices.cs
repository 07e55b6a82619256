using FaceAttendance.Application.Schools;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Schools;

internal static class SchoolsServices
{
    public static IServiceCollection AddSchools(this IServiceCollection services) => services.AddSingleton<ISchools, SchoolStore>();
}
