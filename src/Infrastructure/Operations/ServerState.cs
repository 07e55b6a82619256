using System.Diagnostics;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>What waits in the outbox.</summary>
/// <param name="OldestPending">Its age; zero when nothing waits.</param>
public sealed record OutboxReading(long Pending, long Dead, TimeSpan OldestPending);

/// <param name="Bytes">What their galleries take.</param>
public readonly record struct GalleryReading(int Schools, long Templates, long Students, long Bytes);

/// <param name="Version">PostgreSQL's.</param>
public sealed record DatabaseReading(string Version, long SizeBytes);

/// <summary>The state of the parts that run behind the use cases, for probes and metrics. Thread-safe.</summary>
public sealed class ServerState
{
    // Both counts walk an index that holds no delivered event.
    private const string ReadOutbox =
        """
        SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE status = 'dead'),
               coalesce(clock_timestamp() - min(created_at) FILTER (WHERE status = 'pending'), interval '0')
        FROM outbox WHERE status <> 'sent'
        """;

    private const string ReadOutboxOf = $"{ReadOutbox} AND school_id = $1";

    private const string ReadDatabase = "SELECT current_setting('server_version'), pg_database_size(current_database())";

    private const string ReadMigrations = "SELECT name FROM schema_migrations";

    private static readonly string[] Migrations = [.. Migration.Embedded().Select(m => m.Name)];

    // Several scrapers, or an eager one, cost the database one question.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    // Scrapers give up after ten seconds; a page without the outbox is worth more than none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // A round of the dispatcher waits for the database at most as long as a command may take, 30 s.
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(90);

    // Long enough for a balancer to notice between two probes, and short enough to try again.
    private static readonly TimeSpan ExhaustionRemembered = TimeSpan.FromSeconds(30);

    private readonly NpgsqlDataSource _database;
    private readonly InMemoryGallery _gallery;
    private readonly IServiceProvider _services;
    private readonly Lock _asking = new();
    private Task<OutboxReading?> _outbox = Task.FromResult<OutboxReading?>(null);
    private long? _askedAt;
    private long _exhaustedAt;

    internal ServerState(NpgsqlDataSource database, InMemoryGallery gallery, IServiceProvider services) =>
        (_database, _gallery, _services) = (database, gallery, services);

    /// <summary>Whether the database lately had no disk, memory or connection to spare: a look at it alone does not show that.</summary>
    public bool IsDatabaseExhausted =>
        Interlocked.Read(ref _exhaustedAt) is not 0 and var at && Stopwatch.GetElapsedTime(at) < ExhaustionRemembered;

    /// <returns>Whether it is news.</returns>
    public bool NoteExhaustion()
    {
        var isNews = !IsDatabaseExhausted;
        Interlocked.Exchange(ref _exhaustedAt, Stopwatch.GetTimestamp());
        return isNews;
    }

    /// <summary>Whether the schools' galleries are there, or come when they are asked for.</summary>
    public bool IsGalleryLoaded => _gallery.IsLoaded;

    /// <summary>Whether events are being delivered, or need not be.</summary>
    public bool IsDispatcherAlive =>
        _services.GetServices<IHostedService>().OfType<OutboxDispatcher>().Single().HasLookedWithin(LongestRound);

    /// <summary>The match threshold in force, of the school where it is highest.</summary>
    public double ReadThreshold()
    {
        var options = _services.GetRequiredService<IOptions<RecognitionOptions>>().Value;
        return _gallery.Loaded.Select(s => options.PolicyFor(s.Students)).Append(options.PolicyFor(default))
            .Max(p => Math.Round(p.Threshold, 4));
    }

    /// <summary>What is in memory, of all schools together.</summary>
    public GalleryReading ReadGallery() => _gallery.Loaded.Aggregate(default(GalleryReading), (sum, school) => new(
        sum.Schools + 1, sum.Templates + school.Templates, sum.Students + school.Students.Total, sum.Bytes + school.Bytes));

    /// <returns>A reading of the last few seconds; null when the database does not answer within two.</returns>
    public Task<OutboxReading?> ReadOutboxAsync(CancellationToken ct)
    {
        lock (_asking)
        {
            if (_askedAt is not { } asked || (_outbox.IsCompleted && Stopwatch.GetElapsedTime(asked) > Remembered))
            {
                _askedAt = Stopwatch.GetTimestamp();
                _outbox = AskOutboxAsync();
            }
            return _outbox.WaitAsync(ct);
        }
    }

    /// <summary>One school's.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public Task<OutboxReading> ReadOutboxAsync(SchoolId school, CancellationToken ct) =>
        AskAsync(ReadOutboxOf, [new() { Value = school.Value }], OutboxOf, ct);

    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public Task<DatabaseReading> ReadDatabaseAsync(CancellationToken ct) =>
        AskAsync(ReadDatabase, [], row => new DatabaseReading(row.GetString(0), row.GetInt64(1)), ct);

    /// <summary>Whether the database has every migration that this program carries: a backup from before an upgrade lacks some.</summary>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public async Task<bool> AreMigrationsCurrentAsync(CancellationToken ct)
    {
        var missing = new HashSet<string>(Migrations);
        await using var read = _database.CreateCommand(ReadMigrations);
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) missing.Remove(reader.GetString(0));
        return missing.Count == 0;
    }

    private async Task<OutboxReading?> AskOutboxAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            // A connection that is dead without having been closed hears no cancellation, so nobody waits for it.
            return await AskAsync(ReadOutbox, [], OutboxOf, patience.Token).WaitAsync(Patience);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            return null;
        }
    }

    private static OutboxReading OutboxOf(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetTimeSpan(2));

    private async Task<T> AskAsync<T>(string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var ask = _database.CreateCommand(sql);
        ask.Parameters.AddRange(parameters);
        await using var reader = await ask.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return read(reader);
    }
}
