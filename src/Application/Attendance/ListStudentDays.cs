using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A student's last days, today included, newest first.</summary>
/// <param name="Days">1 to 60.</param>
public sealed record ListStudentDays(SchoolId School, StudentId Id, int Days) : IRequest<Result<IReadOnlyList<AttendanceDay>>>;

internal sealed class ListStudentDaysHandler(IAttendanceLedger ledger, IStudents students, ISchoolCalendars calendars, TimeProvider clock)
    : IRequestHandler<ListStudentDays, Result<IReadOnlyList<AttendanceDay>>>
{
    public async Task<Result<IReadOnlyList<AttendanceDay>>> Handle(ListStudentDays query, CancellationToken ct)
    {
        if (await students.FindAsync(query.School, query.Id, ct) is null) return StudentErrors.NotFound;
        var from = calendars.Of(query.School).DayOf(clock.GetUtcNow()).AddDays(1 - query.Days);
        return Result<IReadOnlyList<AttendanceDay>>.Ok(await ledger.ListStudentAsync(query.School, query.Id, from, ct));
    }
}
