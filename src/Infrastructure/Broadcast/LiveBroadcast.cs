using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>Notifies the other processes of what this one published. While the database is away, what is to be told is dropped: it would be
/// old by then.</summary>
internal sealed partial class LiveBroadcast(NpgsqlDataSource database, AttendanceFeed feed, ILogger<LiveBroadcast> log) : BackgroundService
{
    private const string Notify = "SELECT pg_notify($1, $2)";

    // A burst goes out in few round trips.
    private const int MostPerBatch = 64;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await NotifyAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process is stopping, or never came to start.
        }
    }

    private async Task NotifyAsync(CancellationToken ct)
    {
        var isAway = false;
        while (await feed.Outgoing.WaitToReadAsync(ct))
        {
            await using var batch = database.CreateBatch();
            while (batch.BatchCommands.Count < MostPerBatch && feed.Outgoing.TryRead(out var payload))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(Notify)
                {
                    Parameters = { new() { Value = AttendanceFeed.Channel }, new() { Value = payload } },
                });
            }
            try
            {
                await batch.ExecuteNonQueryAsync(ct);
                isAway = false;
            }
            catch (NpgsqlException e)
            {
                for (var i = 0; i < batch.BatchCommands.Count; i++) LiveMetrics.Dropped("other_processes");
                if (!isAway) Log.Dropping(log, e.Message);
                isAway = true;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1450, LogLevel.Warning, "Live events do not reach the other processes until the database is back ({Reason}).")]
        public static partial void Dropping(ILogger log, string reason);
    }
}
