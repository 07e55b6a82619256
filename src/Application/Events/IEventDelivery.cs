using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Events;

public enum DispatchStatus
{
    /// <summary>The receiver answered 2xx.</summary>
    Sent,

    /// <summary>It did not; see <see cref="DispatchReport.WillRetry"/>.</summary>
    Failed,

    /// <summary>No event was made.</summary>
    Skipped,
}

/// <summary>What became of the first attempt, as the caller is told.</summary>
/// <param name="HttpStatus">Null when no answer came.</param>
/// <param name="Message">The receiver's body (first 2 KB) or the reason.</param>
/// <param name="WillRetry">The event is kept and tried again in the background.</param>
public sealed record DispatchReport(DispatchStatus Status, int? HttpStatus, string Message, bool WillRetry)
{
    public static DispatchReport WebhookDisabled { get; } = new(DispatchStatus.Failed, null, "webhook_disabled", false);

    /// <summary>The student was removed after the face was recognised, so nobody is told of them any more.</summary>
    public static DispatchReport StudentRemoved { get; } = new(DispatchStatus.Skipped, null, "student_removed", false);

    /// <summary>A face that has a name and is further away than the caller asked for. Nothing is recorded.</summary>
    public static DispatchReport BeyondMaxDistance { get; } = new(DispatchStatus.Skipped, null, "beyond min_conf", false);

    public static DispatchReport CoolingDown(TimeSpan left) =>
        new(DispatchStatus.Skipped, null, $"cooldown_active ({Math.Max(1, (long)Math.Ceiling(left.TotalSeconds))}s left)", false);
}

/// <summary>Delivers what stands in the outbox.</summary>
public interface IEventDelivery
{
    /// <summary>Whether the operator configured a receiver, ATTENDANCE_WEBHOOK_URL; those made over the API do not count.</summary>
    bool IsEnabled { get; }

    /// <summary>Whether a school's events go there: the operator's receiver is the first school's, and hears nothing of any
    /// other.</summary>
    bool IsEnabledFor(SchoolId school) => IsEnabled && EndpointId.IsOperatorsOf(school);

    /// <summary>Whether a school's events of one type go there.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>.</param>
    bool IsEnabledFor(SchoolId school, string type);

    /// <summary>
    /// Makes the first attempt to the operator's receiver, which this process holds the lease of, and settles it. Never throws for what the
    /// receiver does.
    /// </summary>
    Task<DispatchReport> AttemptAsync(SchoolId school, Guid eventId, CancellationToken ct);
}
