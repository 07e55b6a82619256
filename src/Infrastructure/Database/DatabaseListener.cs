using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// Holds the one connection on which PostgreSQL tells what other processes did. Notifications sent while it is down are lost, so every
/// listener is told when that may be.
/// </summary>
internal sealed partial class DatabaseListener(
    NpgsqlDataSource database, IEnumerable<IChannelListener> listeners, TimeProvider clock, ILogger<DatabaseListener> log)
    : BackgroundService
{
    // A connection can be dead without anybody saying so (a cable, a firewall); a question now and then finds out.
    private static readonly TimeSpan BetweenSignsOfLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, IChannelListener> _listeners = listeners.ToDictionary(l => l.Channel, StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = FirstRetry;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, told) => _listeners[told.Channel].Receive(told.Payload);
                await ExecuteAsync(connection, string.Join("; ", _listeners.Keys.Select(channel => $"LISTEN {channel}")), stoppingToken);
                Log.Listening(log);
                retry = FirstRetry;
                foreach (var listener in _listeners.Values) await listener.ConnectedAsync(stoppingToken);
                while (true)
                {
                    if (await connection.WaitAsync(BetweenSignsOfLife, stoppingToken)) continue;
                    await ExecuteAsync(connection, "SELECT 1", stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                foreach (var listener in _listeners.Values) listener.Lost();
                Log.Lost(log, e.Message, retry.TotalSeconds);
                await Task.Delay(retry, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                retry = retry * 2 > LongestRetry ? LongestRetry : retry * 2;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(1451, LogLevel.Debug, "Listening to the other processes.")]
        public static partial void Listening(ILogger log);

        [LoggerMessage(1452, LogLevel.Warning,
            "The connection that listens to other processes is lost ({Reason}); next try in {Seconds} s.")]
        public static partial void Lost(ILogger log, string reason, double seconds);
    }
}
