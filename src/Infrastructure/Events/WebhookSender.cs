using System.Collections.Concurrent;
using System.Globalization;
using FaceAttendance.Application;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Delivers events from the outbox and writes down what came of it. Thread-safe.</summary>
internal sealed partial class WebhookSender(
    EventWriter events, DeliveryOutcomes outcomes, OperatorsEndpoint operators, WebhookClient client, DeliveryTargets targets,
    IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookSender> log) : IEventDelivery
{
    // So long an accepted delivery that cannot be written down is remembered; a database that is away for longer costs the receiver a
    // repetition.
    private static readonly TimeSpan LongestUnsettled = TimeSpan.FromHours(1);
    private const int MostUnsettled = 10_000;

    private readonly IReadOnlyList<TimeSpan> _pauses = options.Value.RetryPauses ?? RetrySchedule.Standard;
    private readonly ConcurrentDictionary<(SchoolId, Guid), Unsettled> _unsettled = new();

    public bool IsEnabledFor(SchoolId school) => operators.IsOf(school);

    public async Task<DispatchReport> AttemptAsync(LeasedDelivery first, CancellationToken ct)
    {
        // So little of the lease is left that another process might begin too.
        if (clock.GetElapsedTime(first.Since) > options.Value.Lease - options.Value.Timeout) return DispatchReport.InBackground;
        try
        {
            var leased = new OutboxDelivery(
                first.School, first.Id, first.Event, EndpointId.Operators, first.Body, first.Sequence, Attempt: 1, AttemptsBefore: 0,
                Target: null);
            return await DeliverAsync(leased, ct);
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // The event was committed a moment ago and is delivered when the database is back.
            return DispatchReport.LeftToBackground("database unavailable");
        }
    }

    /// <summary>Sends a test event once, and never again by itself.</summary>
    /// <returns>The delivery's id; null when the school has no such endpoint.</returns>
    public async Task<Guid?> TestAsync(SchoolId school, EndpointId endpoint, CancellationToken ct)
    {
        var body =
            string.Create(CultureInfo.InvariantCulture,
                $$"""{"event":"{{EventTypes.Test}}","ts":{{clock.GetUtcNow().ToUnixTimeSeconds()}},"endpoint_id":"{{endpoint}}"}""");
        if (await events.AddTestAsync(school, endpoint, body, ct) is not { } test) return null;
        await DeliverAsync(test, once: true, CancellationToken.None);
        return test.Id;
    }

    /// <summary>Makes one attempt and settles it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away before the attempt was made.</exception>
    public Task<DispatchReport> DeliverAsync(OutboxDelivery due, CancellationToken ct) => DeliverAsync(due, once: false, ct);

    private async Task<DispatchReport> DeliverAsync(OutboxDelivery due, bool once, CancellationToken ct)
    {
        if (_unsettled.TryGetValue((due.School, due.Id), out var accepted))
        {
            await TrySettleAsync(accepted);
            return ReportOf(accepted.Attempt, willRetry: false);
        }

        using var span = ServerTrace.Start("delivery");
        var target = await targets.OfAsync(due, ct);
        var (at, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        var attempt = await client.PostAsync(due, target, ct);
        var timing = new AttemptTiming(at, clock.GetElapsedTime(began));
        DeliveryMetrics.Attempted(attempt, timing.Latency);
        if (attempt.IsAccepted)
        {
            await SettleAcceptedAsync(due, attempt, timing);
            return ReportOf(attempt, willRetry: false);
        }
        // A receiver that is gone for good gets nothing more; the operator's own is what the operator says it is.
        var isOver = once || (attempt.IsGone && due.Target is not null);
        var pause = isOver ? null
            : RetrySchedule.PauseAfter(due.Attempt - due.AttemptsBefore, _pauses, attempt.RetryAfter, Random.Shared.NextDouble());
        await SettleFailedAsync(due, attempt, timing, pause);
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

    private async Task SettleAcceptedAsync(OutboxDelivery due, DeliveryAttempt attempt, AttemptTiming timing)
    {
        var accepted = new Unsettled(due, attempt, timing, clock.GetTimestamp()) { IsSettling = true };
        // Remembered before it is written: while the database takes its time, a lease that runs out must not send the event again.
        if (_unsettled.Count < MostUnsettled) _unsettled[(due.School, due.Id)] = accepted;
        if (!await TrySettleAsync(accepted)) Log.NotSettled(log, due.Id);
        accepted.IsSettling = false;
    }

    private async Task<bool> TrySettleAsync(Unsettled accepted)
    {
        try
        {
            await outcomes.SettleSentAsync(accepted.Delivery, accepted.Attempt, accepted.Timing);
            _unsettled.TryRemove((accepted.Delivery.School, accepted.Delivery.Id), out _);
            return true;
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            return false;
        }
    }

    private async Task SettleFailedAsync(OutboxDelivery due, DeliveryAttempt attempt, AttemptTiming timing, TimeSpan? pause)
    {
        string? disabled;
        try
        {
            disabled = await outcomes.SettleFailedAsync(due, attempt, timing, pause);
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // The lease runs out by itself, and the event is tried again then.
            return;
        }
        if (pause is { } p) Log.Failed(log, due.Id, due.Attempt, attempt.HttpStatus, p.TotalSeconds);
        else Log.Dead(log, due.Id, due.Attempt, attempt.HttpStatus);
        if (disabled is not null) Log.Disabled(log, due.Endpoint.Value, disabled);
    }

    private static DispatchReport ReportOf(DeliveryAttempt attempt, bool willRetry) =>
        new(attempt.IsAccepted ? DispatchStatus.Sent : DispatchStatus.Failed, attempt.HttpStatus, attempt.Message, willRetry);

    private sealed record Unsettled(OutboxDelivery Delivery, DeliveryAttempt Attempt, AttemptTiming Timing, long Since)
    {
        public volatile bool IsSettling;
    }

    private static partial class Log
    {
        [LoggerMessage(
            1400, LogLevel.Information, "Delivery {Delivery}: attempt {Attempt} failed (HTTP {HttpStatus}); the next in {Seconds:0.#} s.")]
        public static partial void Failed(ILogger log, Guid delivery, int attempt, int? httpStatus, double seconds);

        [LoggerMessage(1401, LogLevel.Error,
            "Delivery {Delivery} is given up after {Attempts} attempts (HTTP {HttpStatus}); it stays as dead and can be replayed.")]
        public static partial void Dead(ILogger log, Guid delivery, int attempts, int? httpStatus);

        [LoggerMessage(
            1402, LogLevel.Warning, "Delivery {Delivery} was accepted, but the database is away; it is written down when it is back.")]
        public static partial void NotSettled(ILogger log, Guid delivery);

        [LoggerMessage(1405, LogLevel.Error,
            "Webhook endpoint {Endpoint} is disabled ({Reason}): nothing more is sent to it until somebody enables it.")]
        public static partial void Disabled(ILogger log, Guid endpoint, string reason);
    }
}
