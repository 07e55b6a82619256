using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Schools;

public sealed record ChangeSchool(SchoolId School, string Name, string TimeZone) : IRequest<Result<School>>;

internal sealed class ChangeSchoolValidator : AbstractValidator<ChangeSchool>
{
    public ChangeSchoolValidator()
    {
        RuleFor(c => c.Name).SchoolName("name");
        RuleFor(c => c.TimeZone).TimeZone();
    }
}

internal sealed class ChangeSchoolHandler(ISchools schools, ISchoolCalendars calendars) : IRequestHandler<ChangeSchool, Result<School>>
{
    public async Task<Result<School>> Handle(ChangeSchool command, CancellationToken ct)
    {
        var isFixed = command.School == SchoolId.First && calendars.Fixed is not null;
        if (isFixed && calendars.Fixed != command.TimeZone) return SchoolErrors.TimeZoneFixed(calendars.Fixed!);
        return await schools.ChangeAsync(command.School, command.Name, isFixed ? null : command.TimeZone, ct);
    }
}
