using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using FluentValidation;

namespace FaceAttendance.Application.Tests;

/// <summary>A clock that stands until it is told to go on.</summary>
internal sealed class StandingClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; set; } = Start;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Every school lives in one zone.</summary>
internal sealed class OneZone(string zone, bool isFixed = false) : ISchoolCalendars
{
    public string? Fixed => isFixed ? zone : null;

    public SchoolCalendar Of(SchoolId school) => new(zone);
}

internal static class Validation
{
    /// <summary>The name of the first field that is refused; null when the command passes.</summary>
    public static string? FaultOf<T>(this IValidator<T> validator, T command) =>
        validator.Validate(command).Errors.FirstOrDefault()?.PropertyName;
}
