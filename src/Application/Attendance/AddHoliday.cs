using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Says that no lesson is held on some days.</summary>
public sealed record AddHoliday(SchoolId School, Holiday Holiday) : IRequest<Result<Holiday>>;

internal sealed class AddHolidayValidator : AbstractValidator<AddHoliday>
{
    // Longer than any holiday, and short enough to notice a wrong year.
    private const int MaxDays = 366;

    public AddHolidayValidator()
    {
        RuleFor(c => c.Holiday.Name)
            .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= Holiday.MaxNameLength && !n.Any(char.IsControl))
            .OverridePropertyName("name").WithMessage($"name must have 1 to {Holiday.MaxNameLength} characters and no control characters.");
        RuleFor(c => c.Holiday).Must(h => h.Last >= h.First && h.Last.DayNumber - h.First.DayNumber < MaxDays)
            .OverridePropertyName("last_day").WithMessage($"last_day must not be before first_day, nor {MaxDays} days or more after it.");
    }
}

internal sealed class AddHolidayHandler(IHolidays holidays, ITimetable timetable) : IRequestHandler<AddHoliday, Result<Holiday>>
{
    public async Task<Result<Holiday>> Handle(AddHoliday command, CancellationToken ct)
    {
        await holidays.AddAsync(command.School, command.Holiday, ct);
        await timetable.MakeAsync(command.School, ct);
        return command.Holiday;
    }
}
