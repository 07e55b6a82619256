using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Lessons are held again on these days, as far as they lie ahead.</summary>
public sealed record RemoveHoliday(SchoolId School, HolidayId Id) : IRequest<Result<Done>>;

internal sealed class RemoveHolidayHandler(IHolidays holidays, ITimetable timetable) : IRequestHandler<RemoveHoliday, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveHoliday command, CancellationToken ct)
    {
        if (!await holidays.RemoveAsync(command.School, command.Id, ct)) return LessonErrors.HolidayNotFound;
        await timetable.MakeAsync(command.School, ct);
        return default(Done);
    }
}
