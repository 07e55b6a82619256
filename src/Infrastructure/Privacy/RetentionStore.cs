using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Gallery;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Privacy;

/// <summary>Removes rows whose time is over by the database's clock, in batches that nobody waits for. Any number of processes may do so at
/// once. Thread-safe.</summary>
internal sealed class RetentionStore(
    NpgsqlDataSource database, AuditLog audit, IOptions<PrivacyOptions> options, IOptions<LivenessOptions> liveness, DatabaseClock clock)
        : IRetention
{
    private const int BatchRows = 5000;

    private readonly Kind[] _kinds =
    [
        new("attendance_records", options.Value.AttendanceDays, "attendance_records AS t", "t.at < now() - make_interval(days => $2)"),
        new("attendance_corrections", options.Value.AttendanceDays, "attendance_corrections AS t",
            "t.at < now() - make_interval(days => $2)"),
        new("attendance_days", options.Value.AttendanceDays, "attendance_days AS t", "t.last_seen < now() - make_interval(days => $2)"),
        // Their deliveries and attempts go with them.
        new("events", options.Value.EventDays, "events AS t",
            "t.created_at < now() - make_interval(days => $2) AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.school_id = t.school_id " +
            "AND o.event_id = t.id AND o.status = 'pending')"),
        // None are kept any more when the days are 0; what is left from before goes with the others.
        new("liveness_pictures", Math.Max(1, liveness.Value.MemoryDays), "liveness_pictures AS t",
            "t.seen_at < now() - make_interval(days => $2)"),
        // None are kept any more when the days are 0, here too.
        new("sighting_faces", Math.Max(1, options.Value.SightingDays), "sighting_faces AS t",
            "t.negative_id IS NULL AND t.seen_at < now() - make_interval(days => $2)"),
        new("negative_examples", options.Value.NegativeDays, "sighting_faces AS t",
            "t.negative_id IS NOT NULL AND t.seen_at < now() - make_interval(days => $2)", IsInGalleries: true),
        new("erasure_receipts", options.Value.ReceiptDays, "erasure_receipts AS t", "t.erased_at < now() - make_interval(days => $2)"),
    ];

    public Task<IReadOnlyList<RetentionClass>> PreviewAsync(SchoolId school, CancellationToken ct) => EachAsync(async kind =>
    {
        await using var count = CommandOf($"SELECT count(*) FROM {kind.Table} WHERE t.school_id = $1 AND {kind.IsOver}", school, kind);
        return (long)(await count.ExecuteScalarAsync(ct))!;
    });

    public async Task<Result<IReadOnlyList<RetentionClass>>> RunAsync(SchoolId school, CancellationToken ct)
    {
        if (await clock.AheadAsync(ct) is var ahead && ahead.Duration() >= DatabaseClock.MostApart)
            return RetentionErrors.ClocksDiffer(ahead);
        var removed = await EachAsync(async kind =>
        {
            if (kind.IsInGalleries) return await RemoveFromGalleriesAsync(school, kind, ct);
            var rows = 0L;
            for (var batch = BatchRows; batch == BatchRows; rows += batch)
            {
                await using var remove = CommandOf(
                    $"DELETE FROM {kind.Table} WHERE t.ctid = ANY (ARRAY(SELECT t.ctid FROM {kind.Table} WHERE t.school_id = $1 " +
                    $"AND {kind.IsOver} LIMIT {BatchRows}))",
                    school, kind);
                batch = await remove.ExecuteNonQueryAsync(ct);
            }
            return rows;
        });
        if (removed.Any(r => r.Rows > 0))
        {
            await audit.AppendAsync(
                new(school, AuditActions.RetentionRun, "retention",
                    removed.Where(r => r.Rows > 0).ToDictionary(r => r.Name, object? (r) => r.Rows)),
                CancellationToken.None);
        }
        return Result<IReadOnlyList<RetentionClass>>.Ok(removed);
    }

    private async Task<IReadOnlyList<RetentionClass>> EachAsync(Func<Kind, Task<long>> work)
    {
        var classes = new List<RetentionClass>();
        foreach (var kind in _kinds)
        {
            classes.Add(new(kind.Name, kind.Days, kind.Days == 0 ? 0 : await work(kind)));
        }
        return classes;
    }

    /// <summary>In one transaction, of which every process hears: there are as many as corrections.</summary>
    private async Task<long> RemoveFromGalleriesAsync(SchoolId school, Kind kind, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var revision = await GalleryRevision.BumpForRemovalAsync(connection, school, ct);
        await using var remove = new NpgsqlCommand(
            $"""
            WITH gone AS (DELETE FROM {kind.Table} WHERE t.school_id = $1 AND {kind.IsOver} RETURNING t.negative_id)
            INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, negative_id, $3 FROM gone
            """, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = kind.Days }, new() { Value = revision } },
        };
        var rows = await remove.ExecuteNonQueryAsync(ct);
        // Leaving without a commit takes the revision back.
        if (rows == 0) return 0;
        await using (var tell = new NpgsqlBatch(connection) { BatchCommands = { GalleryRevision.Notify(school, revision) } })
        {
            await tell.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return rows;
    }

    private NpgsqlCommand CommandOf(string sql, SchoolId school, Kind kind)
    {
        var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        command.Parameters.AddWithValue(school.Value);
        command.Parameters.AddWithValue(kind.Days);
        return command;
    }

    private sealed record Kind(string Name, int Days, string Table, string IsOver, bool IsInGalleries = false);
}

/// <summary>Runs the retention of every school some minutes after the start and once a day.</summary>
internal sealed partial class RetentionJob(NpgsqlDataSource database, IRetention retention, TimeProvider clock, ILogger<RetentionJob> log)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromDays(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(DatabaseClock.Settling, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                foreach (var school in await SchoolList.ReadAsync(database, stoppingToken))
                {
                    var removed = await retention.RunAsync(school, stoppingToken);
                    if (removed.Error is { } refused)
                    {
                        Log.Refused(log, refused.Message);
                        pause = PauseAfterFailure;
                        break;
                    }
                    var rows = removed.Value.Sum(r => r.Rows);
                    if (rows > 0) Log.Removed(log, school.Value, rows);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Interrupted(log, DatabaseFailures.IsUnavailable(e) ? null : e, e.Message);
                pause = PauseAfterFailure;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1710, LogLevel.Information, "Removed {Rows} rows of school {School} whose time was over.")]
        public static partial void Removed(ILogger log, Guid school, long rows);

        [LoggerMessage(1712, LogLevel.Error, "Retention waits: {Reason}")]
        public static partial void Refused(ILogger log, string reason);

        [LoggerMessage(1711, LogLevel.Warning, "Retention waits for the database ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);
    }
}
