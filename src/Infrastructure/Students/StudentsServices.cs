using FaceAttendance.Application.Students;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Students;

internal static class StudentsServices
{
    public static IServiceCollection AddStudents(this IServiceCollection services)
    {
        services.AddSingleton<StudentStore>();
        services.AddSingleton<IStudents>(s => s.GetRequiredService<StudentStore>());
        services.AddSingleton<IRoster>(s => s.GetRequiredService<StudentStore>());
        services.AddSingleton<IStudentImports, StudentImportStore>();
        return services;
    }
}
