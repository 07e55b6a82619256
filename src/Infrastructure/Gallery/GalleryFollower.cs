using System.Threading.Channels;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>Brings the galleries in memory up to what other processes wrote. After every connect each asks what it missed.</summary>
internal sealed partial class GalleryFollower(
    NpgsqlDataSource database, InMemoryGallery gallery, TimeProvider clock, ILogger<GalleryFollower> log)
    : BackgroundService, IChannelListener
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // One school's change may wait for the school's load; those of others do not wait behind it.
    private const int MostTogether = 8;

    // Pulling a large change takes a while; other notifications must not wait for it on the connection.
    private readonly Channel<(SchoolId School, long Revision)> _stale =
        System.Threading.Channels.Channel.CreateUnbounded<(SchoolId, long)>(new() { SingleReader = true });

    public string Channel => GalleryRevision.Channel;

    public async Task ConnectedAsync(CancellationToken ct)
    {
        // All there are, for one may have been made meanwhile.
        foreach (var school in await SchoolList.ReadAsync(database, ct)) _stale.Writer.TryWrite((school, 0));
    }

    public void Receive(string payload)
    {
        if (GalleryRevision.TryParse(payload, out var school, out var revision)) _stale.Writer.TryWrite((school, revision));
    }

    public void Lost()
    {
        // Whatever is missed is asked for after the next connect.
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var together = new ParallelOptions { MaxDegreeOfParallelism = MostTogether, CancellationToken = stoppingToken };
        try
        {
            await Parallel.ForEachAsync(_stale.Reader.ReadAllAsync(stoppingToken), together, FollowAsync);
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }

    private async ValueTask FollowAsync((SchoolId School, long Revision) stale, CancellationToken ct)
    {
        try
        {
            await gallery.SyncAsync(stale.School, stale.Revision, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.Behind(log, stale.School.Value, e.Message);
            await Task.Delay(Retry, clock, ct);
            _stale.Writer.TryWrite(stale);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1453, LogLevel.Warning, "The gallery of school {School} is behind ({Reason}); it is tried again.")]
        public static partial void Behind(ILogger log, Guid school, string reason);
    }
}
