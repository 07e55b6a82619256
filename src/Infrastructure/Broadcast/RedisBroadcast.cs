using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>
/// Tells the other processes over Redis what this one published, and hears them there. While Redis is away, what is to be told is dropped:
/// it would be old by then. Nothing but live events goes this way; what must not be lost is PostgreSQL's.
/// </summary>
internal sealed partial class RedisBroadcast(
    AttendanceFeed feed, ServerSecrets secrets, IOptions<BroadcastOptions> options, TimeProvider clock, ILogger<RedisBroadcast> log)
    : BackgroundService
{
    // A burst goes out in few round trips.
    private const int MostPerBatch = 64;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(BroadcastOptions.Parse(options.Value.Redis!)!);
            redis.ConnectionFailed += (_, lost) => Lost(lost.FailureType.ToString());
            redis.ConnectionRestored += (_, _) => Back();
            if (!redis.IsConnected) Lost("no answer");
            var channel = ChannelOf(secrets);
            await Task.WhenAll(ListenAsync(redis, channel, stoppingToken), TellAsync(redis, channel, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process is stopping.
        }
    }

    /// <summary>Known to the processes of one database alone, so that several installations may share one Redis.</summary>
    private static RedisChannel ChannelOf(ServerSecrets secrets) => RedisChannel.Literal(
        $"faceattendance:live:{Convert.ToHexStringLower(secrets.MacOf(SecretUse.UserTokens, "live events"u8).AsSpan(0, 16))}");

    /// <summary>Once it is subscribed, the connection subscribes anew by itself after every loss.</summary>
    private async Task ListenAsync(ConnectionMultiplexer redis, RedisChannel channel, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await redis.GetSubscriber().SubscribeAsync(channel, (_, payload) => feed.Take(payload!)).WaitAsync(ct);
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                Lost(e.GetType().Name);
                await Task.Delay(Retry, clock, ct);
            }
        }
    }

    private async Task TellAsync(ConnectionMultiplexer redis, RedisChannel channel, CancellationToken ct)
    {
        var telling = new List<Task>(MostPerBatch);
        while (await feed.Outgoing.WaitToReadAsync(ct))
        {
            telling.Clear();
            while (telling.Count < MostPerBatch && feed.Outgoing.TryRead(out var payload))
                telling.Add(redis.GetSubscriber().PublishAsync(channel, payload));
            foreach (var told in telling)
            {
                try
                {
                    await told.WaitAsync(ct);
                    Back();
                }
                catch (Exception e) when (e is RedisException or TimeoutException)
                {
                    LiveMetrics.Dropped("other_processes");
                    Lost(e.GetType().Name);
                }
            }
        }
    }

    private void Lost(string reason)
    {
        if (!Interlocked.Exchange(ref _isAway, true)) Log.Away(log, reason);
    }

    private void Back()
    {
        if (Interlocked.Exchange(ref _isAway, false)) Log.Back(log);
    }

    private static partial class Log
    {
        [LoggerMessage(1454, LogLevel.Warning, "Live events do not reach the other processes until Redis is back ({Reason}).")]
        public static partial void Away(ILogger log, string reason);

        [LoggerMessage(1455, LogLevel.Information, "Redis is back: live events reach the other processes again.")]
        public static partial void Back(ILogger log);
    }
}
