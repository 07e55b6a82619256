using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Webhooks;

public enum DeliveryStatus
{
    /// <summary>An attempt is to come or under way.</summary>
    Pending,

    /// <summary>The receiver answered 2xx.</summary>
    Sent,

    /// <summary>Given up; only a replay sends it again.</summary>
    Dead,
}

/// <summary>What an attempt came to.</summary>
/// <param name="HttpStatus">Null when no answer came.</param>
/// <param name="Message">The first 2 KB of the answer, or the reason why there is none.</param>
public sealed record AttemptOutcome(int Number, DateTimeOffset At, int LatencyMs, int? HttpStatus, string Message);

/// <summary>One event's way to one endpoint.</summary>
/// <param name="Student">The student id, or Unknown; null for a test.</param>
/// <param name="Attempts">Those begun. One that a killed process began is counted and has no outcome.</param>
/// <param name="NextAttemptAt">Null unless pending.</param>
/// <param name="Body">What is sent; null in lists.</param>
public sealed record Delivery(
    Guid Id, Guid Event, string Type, string? Student, long? Sequence, DeliveryStatus Status, int Attempts, DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt, DateTimeOffset? SettledAt, IReadOnlyList<AttemptOutcome> Outcomes, string? Body)
{
    /// <summary>Its student was erased: there is nothing in it any more, and it is not sent again.</summary>
    public bool IsErased { get; init; }

    public override string ToString() => $"Delivery({Id}, {Status})";
}

/// <param name="From">By the time of the event, inclusive; null for no bound.</param>
/// <param name="To">Exclusive.</param>
/// <param name="After">The last delivery of the page before.</param>
public sealed record DeliveryFilter(DeliveryStatus? Status, DateTimeOffset? From, DateTimeOffset? To, Guid? After, int Limit);

/// <summary>What is known of deliveries, and sending them again.</summary>
public interface IDeliveries
{
    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<Delivery>> ListAsync(SchoolId school, EndpointId endpoint, DeliveryFilter filter, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<Delivery?> FindAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct);

    /// <summary>Sends it once more, whatever became of it, with all the retries of a new one.</summary>
    /// <returns>False for an unknown id, and for one whose student was erased.</returns>
    Task<bool> ReplayAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct);

    /// <summary>
    /// The same for all of a span, oldest first. Without a status, events that the endpoint wants and never got, because it did not exist
    /// or was disabled then, come along as far as they are still kept.
    /// </summary>
    /// <returns>How many there are.</returns>
    Task<int> ReplayAsync(
        SchoolId school, EndpointId endpoint, DateTimeOffset from, DateTimeOffset to, DeliveryStatus? status, CancellationToken ct);

    /// <summary>Sends a test event now, once, and waits for what comes of it; an endpoint that is disabled gets it too.</summary>
    /// <returns>Null for an unknown endpoint.</returns>
    Task<Delivery?> TestAsync(SchoolId school, EndpointId endpoint, CancellationToken ct);
}
