using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.Infrastructure.Notices;

/// <summary>Looks now and then for what staff must know of, and for what has ended. Any number of processes do this side by side.</summary>
internal sealed partial class NoticeWatch(
    NoticeStore notices, NoticeCauses causes, DatabaseClock agreed, TimeProvider clock, ILogger<NoticeWatch> log) : BackgroundService
{
    // Nothing that is looked for here is a matter of seconds.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    // A term's worth to look back on.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(180);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isInterrupted = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                if (agreed.HasSettled && await agreed.AgreesAsync(stoppingToken)) await notices.ForgetAsync(Memory, stoppingToken);
                isInterrupted = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isInterrupted) Log.Interrupted(log, DatabaseFailures.IsUnavailable(e) ? null : e, e.Message);
                isInterrupted = true;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Raises what there is to tell and resolves what has ended.</summary>
    internal async Task LookAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var raised = await notices.ListUnresolvedAsync(ct);
        var found = await causes.FindAsync(raised, now, ct);
        var known = raised.Select(n => (n.What.School, n.What.Kind, n.What.Subject)).ToHashSet();
        foreach (var cause in found.Where(c => !known.Contains((c.School, c.Kind, c.Subject)))) await notices.RaiseAsync(cause, ct);
        var lasting = found.Select(c => (c.School, c.Kind, c.Subject)).ToHashSet();
        foreach (var notice in raised)
        {
            if (!lasting.Contains((notice.What.School, notice.What.Kind, notice.What.Subject)) && causes.HasEnded(notice, now))
                await notices.ResolveAsync(notice, ct);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1750, LogLevel.Warning, "Notices are neither raised nor resolved for now ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);
    }
}
