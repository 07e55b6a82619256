using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// What telling other processes costs: PostgreSQL lets transactions that notify commit one at a time. First how many sightings a second
/// are recorded when nobody is told, when the live feed tells over PostgreSQL or Redis, and when each transaction itself notifies, all in
/// turns; then how many live events a second arrive, and how late.
/// </summary>
internal static class NotifyLoad
{
    private const int Students = 5_000;
    private const int Rounds = 3;

    // Beyond these an audience notices.
    private const double LeastHeard = 0.999;
    private const double LatestMs = 100;

    private const string NotifyInside =
        """
        CREATE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_notify('bench', NEW.student_id || ' ' || NEW.id); RETURN NULL; END $$;
        CREATE TRIGGER bench_tell AFTER INSERT ON attendance_records FOR EACH ROW EXECUTE FUNCTION bench_tell()
        """;

    private static readonly int[] Connections = [1, 4, 16, 64];
    private static readonly int[] EventsPerSecond = [250, 500, 1000, 2000, 4000, 8000, 16000];
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1.5);

    /// <param name="maintenance">Connection string to a cluster on which a database may be made; it should be as durable as usual.</param>
    public static async Task<int> RunAsync(string maintenance)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, MaxPoolSize = 80 }.ConnectionString;
        try
        {
            await using var redis = await RedisServer.StartNewAsync();
            await using var overPostgres = await StartAsync(connection, null);
            await using var hearsPostgres = await StartAsync(connection, null);
            await using var overRedis = await StartAsync(connection, redis.Url);
            await using var hearsRedis = await StartAsync(connection, redis.Url);
            await ExecuteAsync(connection,
                $"INSERT INTO students (school_id, id, full_name) SELECT '{SchoolId.First.Value}', 's' || n, 'Student ' || n " +
                $"FROM generate_series(0, {Students - 1}) AS n");
            await CommitsAsync(connection, overPostgres, overRedis);
            await ArrivalsAsync((overPostgres, hearsPostgres), (overRedis, hearsRedis));
            foreach (var app in new[] { overPostgres, hearsPostgres, overRedis, hearsRedis }) await app.StopAsync();
            return 0;
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static async Task<WebApplication> StartAsync(string connection, string? redis)
    {
        string[] settings =
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Default={connection}", "--FACE_PROFILE=starter",
            "--FACE_WORKERS=1", "--Attendance:Dedup=00:00:00.000001", "--Logging:LogLevel:Default=Error",
            "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error", $"--Access:AdminKey=fa_{new string('x', 32)}",
        ];
        var app = WebApi.Program.Build(redis is null ? settings : [.. settings, $"--Broadcast:Redis={redis}"]);
        await app.StartAsync();
        return app;
    }

    private static async Task CommitsAsync(string connection, WebApplication overPostgres, WebApplication overRedis)
    {
        Console.WriteLine(
            """
            `./bench.sh notify` writes this section. Sightings recorded a second by one process, on PostgreSQL with its usual durability, in
            turns and as medians: with nobody told, with the live feed as it is (it notifies after the commit, on one connection), and with
            a trigger that notifies within each transaction.
            """);
        Console.WriteLine();
        Console.WriteLine(
            "| connections | sightings recorded a second, nobody told | live feed over PostgreSQL | ratio | over Redis | ratio | " +
            "NOTIFY in each transaction | ratio |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        await MeasureAsync(overPostgres, 16, isTold: true);
        await MeasureAsync(overRedis, 16, isTold: true);
        foreach (var connections in Connections)
        {
            var (silent, postgres, redis, inside) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                silent.Add(await MeasureAsync(overPostgres, connections, isTold: false));
                postgres.Add(await MeasureAsync(overPostgres, connections, isTold: true));
                redis.Add(await MeasureAsync(overRedis, connections, isTold: true));
                await ExecuteAsync(connection, NotifyInside);
                inside.Add(await MeasureAsync(overPostgres, connections, isTold: false));
                await ExecuteAsync(connection, "DROP TRIGGER bench_tell ON attendance_records; DROP FUNCTION bench_tell");
            }
            var (s, p, r, i) = (Median(silent), Median(postgres), Median(redis), Median(inside));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {connections} | {s:0} | {p:0} | {p / s:0.00} | {r:0} | {r / s:0.00} | {i:0} | {i / s:0.00} |"));
        }
        Console.WriteLine();
    }

    /// <returns>Sightings recorded in a second.</returns>
    private static async Task<double> MeasureAsync(WebApplication app, int connections, bool isTold)
    {
        var ledger = app.Services.GetRequiredService<IAttendanceLedger>();
        var feed = app.Services.GetRequiredService<IAttendanceFeed>();
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(n => Task.Run(async () =>
        {
            var count = 0;
            var random = new Random(n);
            while (clock.Elapsed < Slice)
            {
                var sighting = new Sighting(SchoolId.First, new(new($"s{random.Next(Students)}"), 0.8f, 0.2), DateTimeOffset.UtcNow,
                    new(10, 110, 110, 10), 640, 480, SightingContext.None);
                var entry = await ledger.RecordAsync(sighting, default);
                if (isTold)
                {
                    feed.Publish(
                        new Recognized(SchoolId.First, sighting.Label, 0.2, sighting.SeenAt, DispatchReport.WebhookDisabled, entry.Record));
                }
                count++;
            }
            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static async Task ArrivalsAsync(
        (WebApplication Tells, WebApplication Hears) postgres, (WebApplication Tells, WebApplication Hears) redis)
    {
        Console.WriteLine("Live events from one process, heard by a listener in another:");
        Console.WriteLine();
        Console.WriteLine("| live events a second | over PostgreSQL: heard | p99 ms | over Redis: heard | p99 ms |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        await ArriveAsync(postgres, 250);
        await ArriveAsync(redis, 250);
        var (mostPostgres, mostRedis) = (0, 0);
        foreach (var rate in EventsPerSecond)
        {
            var (p, r) = (await ArriveAsync(postgres, rate), await ArriveAsync(redis, rate));
            if (IsGood(p)) mostPostgres = rate;
            if (IsGood(r)) mostRedis = rate;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {rate} | {p.Heard:0.0 %} | {p.P99:0} | {r.Heard:0.0 %} | {r.P99:0} |"));
        }
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"The most at which {LeastHeard:0.0 %} are heard within {LatestMs:0} ms (p99) from one process: {mostPostgres} a second over " +
            $"PostgreSQL, {mostRedis} over Redis."));
        Console.WriteLine();

        static bool IsGood((double Heard, double P99) arrived) => arrived.Heard >= LeastHeard && arrived.P99 <= LatestMs;
    }

    /// <returns>The share of the events that another process heard, and their delay.</returns>
    private static async Task<(double Heard, double P99)> ArriveAsync((WebApplication Tells, WebApplication Hears) pair, int rate)
    {
        using var listener = pair.Hears.Services.GetRequiredService<AttendanceFeed>().Subscribe(SchoolId.First);
        var feed = pair.Tells.Services.GetRequiredService<IAttendanceFeed>();
        var total = (int)(rate * Slice.TotalSeconds);
        var delays = new List<double>(total);
        using var enough = new CancellationTokenSource();
        var hearing = Task.Run(async () =>
        {
            try
            {
                await foreach (var message in listener.Messages.ReadAllAsync(enough.Token))
                {
                    var sentAt = SentAtOf(message.Json.Span);
                    if (sentAt > 0) delays.Add(Stopwatch.GetElapsedTime(sentAt).TotalMilliseconds);
                    if (delays.Count == total) return;
                }
            }
            catch (OperationCanceledException)
            {
                // The rest was dropped on the way.
            }
        });
        var clock = Stopwatch.StartNew();
        for (var sent = 0; sent < total; Thread.Sleep(1))
        {
            for (var due = Math.Min(total, (int)(clock.Elapsed.TotalSeconds * rate)); sent < due; sent++)
                feed.Publish(new StudentEnrolled(SchoolId.First, new($"at-{Stopwatch.GetTimestamp()}"), 1));
        }
        enough.CancelAfter(TimeSpan.FromSeconds(2));
        await hearing;
        delays.Sort();
        return ((double)delays.Count / total, delays.Count == 0 ? double.PositiveInfinity : delays[(int)(delays.Count * 0.99)]);
    }

    private static long SentAtOf(ReadOnlySpan<byte> json)
    {
        var at = json.IndexOf("\"at-"u8);
        return at >= 0 && Utf8Parser.TryParse(json[(at + 4)..], out long ticks, out _) ? ticks : 0;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
