using FaceAttendance.Application.Attendance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Attendance;

internal static class AttendanceServices
{
    public static IServiceCollection AddAttendance(this IServiceCollection services)
    {
        services.AddSingleton<IAttendanceLedger, AttendanceLedger>();
        services.AddSingleton<ISightingStatements, SightingStatements>();
        services.AddOptionsWithValidateOnStart<AttendanceOptions>();
        services.AddSingleton<IValidateOptions<AttendanceOptions>, TimeZoneValidator>();
        services.AddSingleton<ICheckIns, CheckInLedger>();
        services.AddSingleton<IAttendanceRecords, AttendanceRecordReader>();
        services.AddSingleton<IManualMarks, ManualMarkLedger>();
        services.AddSingleton<ICorrections, CorrectionLedger>();
        services.AddSingleton<ClassSessionStore>();
        services.AddSingleton<IClassSessions>(provider => provider.GetRequiredService<ClassSessionStore>());
        services.AddSingleton<IClassRosters>(provider => provider.GetRequiredService<ClassSessionStore>());
        services.AddSingleton<LessonStore>();
        services.AddSingleton<ILessons>(provider => provider.GetRequiredService<LessonStore>());
        services.AddSingleton<IHolidays>(provider => provider.GetRequiredService<LessonStore>());
        services.AddSingleton<TimetableMaker>();
        services.AddSingleton<ITimetable>(provider => provider.GetRequiredService<TimetableMaker>());
        services.AddHostedService<TimetableKeeper>();
        services.AddSingleton<IRollCalls, RollCallReader>();
        services.AddSingleton<IAttendanceReports, AttendanceReportReader>();
        services.AddHostedService<AbsenceMarker>();
        return services;
    }
}
