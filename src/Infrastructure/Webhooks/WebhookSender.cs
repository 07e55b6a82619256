using System.Collections.Concurrent;
using System.Diagnostics;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Persistence;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Webhooks;

/// <summary>Delivers events from the outbox and writes down what came of it. Thread-safe.</summary>
internal sealed partial class WebhookSender(
    Outbox outbox, WebhookClient client, WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookSender> log)
    : IEventDelivery
{
    // So long an accepted delivery that cannot be written down is remembered; a database that is away for longer costs the receiver a repetition.
    private static readonly TimeSpan LongestUnsettled = TimeSpan.FromHours(1);
    private const int MostUnsettled = 10_000;

    private readonly IReadOnlyList<TimeSpan> _pauses = options.Value.RetryPauses ?? RetrySchedule.Standard;
    private readonly ConcurrentDictionary<(SchoolId, Guid), Unsettled> _unsettled = new();

    public bool IsEnabled { get; } = !string.IsNullOrEmpty(options.Value.Url);

    public async Task<DispatchReport> AttemptAsync(SchoolId school, Guid eventId, CancellationToken ct)
    {
        if (!IsEnabled) return DispatchReport.WebhookDisabled;
        try
        {
            var (exists, found) = await outbox.FindFirstAsync(school, eventId, ct);
            if (!exists) return DispatchReport.StudentRemoved;
            return found is null ? LeftToBackground("delivered in the background") : await DeliverAsync(found, ct);
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // The event was committed a moment ago and is delivered when the database is back.
            return LeftToBackground("database unavailable");
        }
    }

    /// <summary>Makes one attempt and settles it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away before the attempt was made.</exception>
    public async Task<DispatchReport> DeliverAsync(OutboxEvent due, CancellationToken ct)
    {
        if (_unsettled.TryGetValue((due.School, due.Id), out var accepted))
        {
            await TrySettleAsync(accepted);
            return ReportOf(accepted.Attempt, willRetry: false);
        }

        var key = await secrets.KeyOfAsync(due.School, ct);
        var sending = Stopwatch.GetTimestamp();
        var attempt = await client.PostAsync(due, key, ct);
        DeliveryMetrics.Attempted(attempt, sending);
        if (attempt.IsAccepted)
        {
            await SettleAcceptedAsync(due, attempt);
            return ReportOf(attempt, willRetry: false);
        }
        var pause = RetrySchedule.PauseAfter(due.Attempt, _pauses, attempt.RetryAfter, Random.Shared.NextDouble());
        await SettleFailedAsync(due, attempt, pause);
        return ReportOf(attempt, willRetry: pause is not null);
    }

    /// <summary>Writes down accepted deliveries that could not be written down when they happened.</summary>
    public async Task SettleLeftoversAsync()
    {
        foreach (var (key, accepted) in _unsettled)
        {
            if (clock.GetElapsedTime(accepted.Since) > LongestUnsettled) _unsettled.TryRemove(key, out _);
            else if (!accepted.IsSettling && !await TrySettleAsync(accepted)) return;
        }
    }

    private async Task SettleAcceptedAsync(OutboxEvent due, DeliveryAttempt attempt)
    {
        var accepted = new Unsettled(due, attempt, clock.GetTimestamp()) { IsSettling = true };
        // Remembered before it is written: while the database takes its time, a lease that runs out must not send the event again.
        if (_unsettled.Count < MostUnsettled) _unsettled[(due.School, due.Id)] = accepted;
        if (!await TrySettleAsync(accepted)) Log.NotSettled(log, due.Id);
        accepted.IsSettling = false;
    }

    private async Task<bool> TrySettleAsync(Unsettled accepted)
    {
        try
        {
            await outbox.SettleSentAsync(accepted.Event, accepted.Attempt);
            _unsettled.TryRemove((accepted.Event.School, accepted.Event.Id), out _);
            return true;
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            return false;
        }
    }

    private async Task SettleFailedAsync(OutboxEvent due, DeliveryAttempt attempt, TimeSpan? pause)
    {
        try
        {
            await outbox.SettleFailedAsync(due, attempt, pause);
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // The lease runs out by itself, and the event is tried again then.
            return;
        }
        if (pause is { } p) Log.Failed(log, due.Id, due.Attempt, attempt.HttpStatus, p.TotalSeconds);
        else Log.Dead(log, due.Id, due.Attempt, attempt.HttpStatus);
    }

    private static DispatchReport LeftToBackground(string reason) => new(DispatchStatus.Failed, null, reason, WillRetry: true);

    private static DispatchReport ReportOf(DeliveryAttempt attempt, bool willRetry) =>
        new(attempt.IsAccepted ? DispatchStatus.Sent : DispatchStatus.Failed, attempt.HttpStatus, attempt.Message, willRetry);

    private sealed record Unsettled(OutboxEvent Event, DeliveryAttempt Attempt, long Since)
    {
        public volatile bool IsSettling;
    }

    private static partial class Log
    {
        [LoggerMessage(1400, LogLevel.Information, "Event {Event}: attempt {Attempt} failed (HTTP {HttpStatus}); the next in {Seconds:0.#} s.")]
        public static partial void Failed(ILogger log, Guid @event, int attempt, int? httpStatus, double seconds);

        [LoggerMessage(1401, LogLevel.Error, "Event {Event} is given up after {Attempts} attempts (HTTP {HttpStatus}); it stays in the outbox as dead.")]
        public static partial void Dead(ILogger log, Guid @event, int attempts, int? httpStatus);

        [LoggerMessage(1402, LogLevel.Warning, "Event {Event} was accepted, but the database is away; it is written down when it is back.")]
        public static partial void NotSettled(ILogger log, Guid @event);
    }
}
