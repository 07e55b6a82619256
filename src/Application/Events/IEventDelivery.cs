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

    /// <summary>Nothing was sent yet, and nothing is lost.</summary>
    public static DispatchReport LeftToBackground(string reason) => new(DispatchStatus.Failed, null, reason, WillRetry: true);

    public static DispatchReport InBackground { get; } = LeftToBackground("delivered in the background");

    public static DispatchReport CoolingDown(TimeSpan left) =>
        new(DispatchStatus.Skipped, null, $"cooldown_active ({Math.Max(1, (long)Math.Ceiling(left.TotalSeconds))}s left)", false);
}

/// <summary>A new event's way to the operator's receiver, leased to this process for a first attempt.</summary>
/// <param name="Body">The exact text to send.</param>
/// <param name="Sequence">The student's number of the event.</param>
/// <param name="Since">The clock's timestamp from before the lease began, by which its end is judged.</param>
public sealed record LeasedDelivery(SchoolId School, Guid Id, Guid Event, string Body, long Sequence, long Since)
{
    public override string ToString() => $"LeasedDelivery({Id})";
}

/// <summary>Delivers what stands in the outbox.</summary>
public interface IEventDelivery
{
    /// <summary>Whether a school's events go to the operator's receiver, ATTENDANCE_WEBHOOK_URL. Those made over the API do not
    /// count.</summary>
    bool IsEnabledFor(SchoolId school);

    /// <summary>Makes the first attempt and settles it, unless the lease is as good as over. Never throws for what the receiver
    /// does.</summary>
    Task<DispatchReport> AttemptAsync(LeasedDelivery first, CancellationToken ct);
}
