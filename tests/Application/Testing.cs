using FaceAttendance.Application.Events;
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

/// <summary>A backend that wants the events of the given types, of the first school.</summary>
internal sealed class WantingDelivery(params string[] types) : IEventDelivery
{
    public bool IsEnabled => true;

    public bool IsEnabledFor(SchoolId school, string type) => types.Contains(type);

    public Task<DispatchReport> AttemptAsync(SchoolId school, Guid eventId, CancellationToken ct) => throw new NotSupportedException();
}

internal static class Validation
{
    /// <summary>The name of the first field that is refused; null when the command passes.</summary>
    public static string? FaultOf<T>(this IValidator<T> validator, T command) =>
        validator.Validate(command).Errors.FirstOrDefault()?.PropertyName;
}
