using FaceAttendance.Application.Webhooks;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>
/// Delivers what no request waits for: to endpoints made over the API, what is due again, and what a killed process left behind. Any number
/// of processes do this side by side on one outbox.
/// </summary>
internal sealed partial class OutboxDispatcher(
    DeliveryQueue queue, WebhookSender sender, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<OutboxDispatcher> log)
        : BackgroundService
{
    // A claimed delivery is sent at once, so no more are claimed than are sent side by side. One receiver should not need more than the
    // first; eight that hang at once leave the others their hands.
    internal const int MostToOneEndpoint = 16;
    private const int MostAtOnce = 128;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Task, EndpointId> _underWay = [];

    private long _lookedAt = clock.GetTimestamp();

    /// <summary>Whether the loop went round within that time.</summary>
    public bool HasLookedWithin(TimeSpan span) =>
        ExecuteTask is not { IsCompleted: true } && clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < span;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.Value.PollInterval;
        while (!stoppingToken.IsCancellationRequested)
        {
            Volatile.Write(ref _lookedAt, clock.GetTimestamp());
            foreach (var done in _underWay.Keys.Where(delivery => delivery.IsCompleted).ToArray()) _underWay.Remove(done);
            var isFull = false;
            try
            {
                await sender.SettleLeftoversAsync();
                isFull = await ClaimAsync(stoppingToken);
                pause = options.Value.PollInterval;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (pause == options.Value.PollInterval) Log.Interrupted(log, DatabaseFailures.IsUnavailable(e) ? null : e, e.Message);
                pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            var timer = Task.Delay(pause, clock, stoppingToken);
            // With hands full, the next free one goes on at once; otherwise the timer says when to look again.
            var next = isFull ? Task.WhenAny([timer, .. _underWay.Keys]) : timer;
            await next.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // Each ends by its own time limit.
        await Task.WhenAll(_underWay.Keys);
    }

    /// <returns>Whether more may be due than there are hands for.</returns>
    private async Task<bool> ClaimAsync(CancellationToken ct)
    {
        var busy = _underWay.Values.CountBy(endpoint => endpoint).ToDictionary();
        if (_underWay.Count >= MostAtOnce) return true;
        var claimed = await queue.ClaimAsync(MostAtOnce - _underWay.Count, MostToOneEndpoint, busy, ct);
        foreach (var due in claimed) _underWay.Add(DeliverAsync(due), due.Endpoint);
        return claimed.CountBy(due => due.Endpoint).Any(c => c.Value + busy.GetValueOrDefault(c.Key) >= MostToOneEndpoint)
            || busy.Any(b => b.Value >= MostToOneEndpoint) || _underWay.Count >= MostAtOnce;
    }

    private async Task DeliverAsync(OutboxDelivery due)
    {
        try
        {
            await sender.DeliverAsync(due, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The lease runs out and the delivery is tried again; the loop must go on for the others.
            Log.NotAttempted(log, e, due.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1403, LogLevel.Warning, "Deliveries wait for the database ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);

        [LoggerMessage(1404, LogLevel.Error, "Delivery {Delivery} could not be attempted.")]
        public static partial void NotAttempted(ILogger log, Exception exception, Guid delivery);
    }
}
