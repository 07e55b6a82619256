using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Attendance;

/// <summary>Who was seen today, in the school's own time zone.</summary>
public sealed record ListToday(SchoolId School, int Limit, int Offset) : IRequest<Result<IReadOnlyList<AttendanceDay>>>;

/// <summary>A student's last days, today included, newest first.</summary>
/// <param name="Days">1 to 60.</param>
public sealed record ListStudentDays(SchoolId School, StudentId Id, int Days) : IRequest<Result<IReadOnlyList<AttendanceDay>>>;

internal sealed class AttendanceQueriesHandler(
    IAttendanceLedger ledger, IStudents students, IOptions<AttendanceOptions> options, TimeProvider clock) :
    IRequestHandler<ListToday, Result<IReadOnlyList<AttendanceDay>>>,
    IRequestHandler<ListStudentDays, Result<IReadOnlyList<AttendanceDay>>>
{
    private readonly SchoolCalendar _calendar = new(options.Value.TimeZone);

    public async Task<Result<IReadOnlyList<AttendanceDay>>> Handle(ListToday query, CancellationToken ct) =>
        Result<IReadOnlyList<AttendanceDay>>.Ok(
            await ledger.ListDayAsync(query.School, _calendar.DayOf(clock.GetUtcNow()), query.Limit, query.Offset, ct));

    public async Task<Result<IReadOnlyList<AttendanceDay>>> Handle(ListStudentDays query, CancellationToken ct)
    {
        if (await students.FindAsync(query.School, query.Id, ct) is null) return StudentErrors.NotFound;
        var from = _calendar.DayOf(clock.GetUtcNow()).AddDays(1 - query.Days);
        return Result<IReadOnlyList<AttendanceDay>>.Ok(await ledger.ListStudentAsync(query.School, query.Id, from, ct));
    }
}
