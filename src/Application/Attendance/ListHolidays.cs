using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

public sealed record ListHolidays(SchoolId School) : IRequest<Result<IReadOnlyList<Holiday>>>;

internal sealed class ListHolidaysHandler(IHolidays holidays) : IRequestHandler<ListHolidays, Result<IReadOnlyList<Holiday>>>
{
    public async Task<Result<IReadOnlyList<Holiday>>> Handle(ListHolidays query, CancellationToken ct) =>
        Result<IReadOnlyList<Holiday>>.Ok(await holidays.ListAsync(query.School, ct));
}
