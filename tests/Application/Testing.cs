using FluentValidation;

namespace FaceAttendance.Application.Tests;

/// <summary>A clock that stands until it is told to go on.</summary>
internal sealed class StandingClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; set; } = Start;

    public override DateTimeOffset GetUtcNow() => Now;
}

internal static class Validation
{
    /// <summary>The name of the first field that is refused; null when the command passes.</summary>
    public static string? FaultOf<T>(this IValidator<T> validator, T command) =>
        validator.Validate(command).Errors.FirstOrDefault()?.PropertyName;
}
