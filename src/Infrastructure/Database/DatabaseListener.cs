using System.Threading.Channels;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Gallery;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// Holds the one connection on which PostgreSQL tells what other processes did. Notifications sent while it is down are lost, so after
/// every connect each gallery in memory asks what it missed, and keys are kept only while it is up.
/// </summary>
internal sealed partial class DatabaseListener(
    NpgsqlDataSource database, InMemoryGallery gallery, AttendanceFeed feed, ApiKeyCache keys, TimeProvider clock,
    ILogger<DatabaseListener> log)
    : BackgroundService
{
    // A connection can be dead without anybody saying so (a cable, a firewall); a question now and then finds out.
    private static readonly TimeSpan BetweenSignsOfLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    // Pulling a large change takes a while; live events must not wait for it on the connection.
    private readonly Channel<(SchoolId School, long Revision)> _stale =
        Channel.CreateUnbounded<(SchoolId, long)>(new() { SingleReader = true });

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ListenAsync(stoppingToken), CatchUpAsync(stoppingToken));

    private async Task ListenAsync(CancellationToken ct)
    {
        var retry = FirstRetry;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(ct);
                connection.Notification += (_, told) => Take(told.Channel, told.Payload);
                await ExecuteAsync(
                    connection, $"LISTEN {GalleryRevision.Channel}; LISTEN {AttendanceFeed.Channel}; LISTEN {ApiKeyCache.Channel}", ct);
                Log.Listening(log);
                retry = FirstRetry;
                keys.StartKeeping();
                // All there are, for one may have been made meanwhile.
                foreach (var school in await GalleryReader.ListSchoolsAsync(database, ct)) _stale.Writer.TryWrite((school, 0));
                while (true)
                {
                    if (!await connection.WaitAsync(BetweenSignsOfLife, ct)) await ExecuteAsync(connection, "SELECT 1", ct);
                }
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                keys.StopKeeping();
                Log.Lost(log, e.Message, retry.TotalSeconds);
                await Task.Delay(retry, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                retry = retry * 2 > LongestRetry ? LongestRetry : retry * 2;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task CatchUpAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var (school, revision) in _stale.Reader.ReadAllAsync(ct))
            {
                try
                {
                    await gallery.SyncAsync(school, revision, ct);
                }
                catch (Exception e) when (!ct.IsCancellationRequested)
                {
                    Log.Behind(log, school.Value, e.Message);
                    await Task.Delay(LongestRetry, clock, ct);
                    _stale.Writer.TryWrite((school, revision));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }

    private void Take(string channel, string payload)
    {
        if (channel == AttendanceFeed.Channel) feed.Receive(payload);
        else if (channel == ApiKeyCache.Channel) keys.Receive(payload);
        else if (GalleryRevision.TryParse(payload, out var school, out var revision)) _stale.Writer.TryWrite((school, revision));
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

        [LoggerMessage(
            1452, LogLevel.Warning, "The connection that listens to other processes is lost ({Reason}); next try in {Seconds} s.")]
        public static partial void Lost(ILogger log, string reason, double seconds);

        [LoggerMessage(1453, LogLevel.Warning, "The gallery of school {School} is behind ({Reason}); it is tried again.")]
        public static partial void Behind(ILogger log, Guid school, string reason);
    }
}
