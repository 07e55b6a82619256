using FaceAttendance.Application.Students;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Students;

internal static class StudentsServices
{
    public static IServiceCollection AddStudents(this IServiceCollection services)
    {
        services.AddSingleton<IStudents, StudentStore>();
        services.AddSingleton<IStudentImports, StudentImportStore>();
        return services;
    }
}
