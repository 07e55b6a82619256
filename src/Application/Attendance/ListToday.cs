using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Who was seen today, in the school's own time zone.</summary>
public sealed record ListToday(SchoolId School, int Limit, int Offset) : IRequest<Result<IReadOnlyList<AttendanceDay>>>;

internal sealed class ListTodayHandler(IAttendanceLedger ledger, ISchoolCalendars calendars, TimeProvider clock)
    : IRequestHandler<ListToday, Result<IReadOnlyList<AttendanceDay>>>
{
    public async Task<Result<IReadOnlyList<AttendanceDay>>> Handle(ListToday query, CancellationToken ct) =>
        Result<IReadOnlyList<AttendanceDay>>.Ok(
            await ledger.ListDayAsync(query.School, calendars.Of(query.School).DayOf(clock.GetUtcNow()), query.Limit, query.Offset, ct));
}
