using FaceAttendance.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Webhooks;

/// <summary>
/// Delivers what first attempts did not: events that are due again, and those that a killed process left behind. Any number of processes
/// do this side by side on one outbox.
/// </summary>
internal sealed partial class OutboxDispatcher(
    Outbox outbox, WebhookSender sender, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<OutboxDispatcher> log) : BackgroundService
{
    // A claimed event is sent at once, so no more are claimed than are sent side by side; one receiver should not need more.
    private const int MostAtOnce = 16;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private long _lookedAt = clock.GetTimestamp();

    /// <summary>Whether the loop went round within that time; always, when there is nothing to deliver to.</summary>
    public bool HasLookedWithin(TimeSpan span) =>
        !sender.IsEnabled || (ExecuteTask is not { IsCompleted: true } && clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < span);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!sender.IsEnabled) return;
        var underWay = new HashSet<Task>();
        var pause = options.Value.PollInterval;
        while (!stoppingToken.IsCancellationRequested)
        {
            Volatile.Write(ref _lookedAt, clock.GetTimestamp());
            underWay.RemoveWhere(delivery => delivery.IsCompleted);
            try
            {
                await sender.SettleLeftoversAsync();
                if (underWay.Count < MostAtOnce)
                {
                    foreach (var due in await outbox.ClaimAsync(MostAtOnce - underWay.Count, stoppingToken)) underWay.Add(DeliverAsync(due));
                }
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
            await PauseAsync(pause, underWay, stoppingToken);
        }
        // Each ends by its own time limit.
        await Task.WhenAll(underWay);
    }

    private async Task PauseAsync(TimeSpan pause, HashSet<Task> underWay, CancellationToken ct)
    {
        var timer = Task.Delay(pause, clock, ct);
        // With all hands full, the next free one goes on at once; otherwise the timer says when to look again.
        var next = underWay.Count < MostAtOnce ? timer : Task.WhenAny([timer, .. underWay]);
        await next.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DeliverAsync(OutboxEvent due)
    {
        try
        {
            await sender.DeliverAsync(due, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The lease runs out and the event is tried again; the loop must go on for the others.
            Log.NotAttempted(log, e, due.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1403, LogLevel.Warning, "Deliveries wait for the database ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);

        [LoggerMessage(1404, LogLevel.Error, "Event {Event} could not be attempted.")]
        public static partial void NotAttempted(ILogger log, Exception exception, Guid @event);
    }
}
