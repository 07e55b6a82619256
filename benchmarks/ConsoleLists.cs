using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// What the console's lists cost in a large school: whole answers over HTTP, one caller, one request at a time. The school is made by
/// console.sql.
/// </summary>
internal static class ConsoleLists
{
    private const int Times = 20;

    // What there is beside a list: the month's records counted, and nothing else done with them.
    private const string Bare = "SELECT count(*) FROM attendance_records WHERE at >= current_date - 30";

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    /// <param name="keep">Leave the database there, to look into it.</param>
    public static async Task<int> RunAsync(string maintenance, string server, bool keep)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database }.ConnectionString;
        try
        {
            // Migrates; a session judges plans by what it has seen, so what measures is another.
            using (await RunningServer.StartAsync(server, connection)) await ExecuteAsync(connection, await ReadSchoolAsync());
            await ExecuteAsync(connection, "VACUUM ANALYZE");
            var rows = await CountAsync(connection);
            using var running = await RunningServer.StartAsync(
                server, connection, ("RATE_LIMIT_PER_SECOND", "10000"), ("RATE_LIMIT_BURST", "100000"), ("FACE_PROFILE", "starter"),
                ("ATTENDANCE_WEBHOOK_URL", "http://127.0.0.1:9/"));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| 10,000 students, {rows:#,0} records | median ms | slowest of {Times} | KB |"));
            Console.WriteLine("| --- | --- | --- | --- |");
            foreach (var (what, path) in await ListsAsync(running.Http)) await MeasureAsync(running.Http, what, path);
            await MeasureBareAsync(connection);
            Console.WriteLine();
            Console.WriteLine(
                """
                Whole answers over HTTP, one request at a time; `./bench.sh console` makes the school and measures it anew. A page that polls asks the roll
                call with `entries=false`, or for one class.
                """);
            return 0;
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            if (keep) Console.Error.WriteLine($"Kept: {database}");
            else await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static async Task<(string What, string Path)[]> ListsAsync(HttpClient http)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        string Day(int back) => today.AddDays(-back).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var page = await http.GetStringAsync($"/api/v1/attendance?from={Day(100)}");
        var cursor = JsonDocument.Parse(page).RootElement.GetProperty("next_cursor").GetString();
        return
        [
            ("students, page 1", "/api/v1/students?limit=50"), ("students, last page", "/api/v1/students?limit=50&offset=9950"),
            ("students, search", "/api/v1/students?q=lestari%209"), ("students of a class", "/api/v1/students?class_name=C100"),
            ("classes", "/api/v1/classes"),
            ("attendance, page 1", "/api/v1/attendance"),
            ("attendance behind a cursor", $"/api/v1/attendance?from={Day(100)}&cursor={cursor}"),
            ("attendance of a class, late", $"/api/v1/attendance?class_name=C300&status=late"),
            ("attendance of a student", "/api/v1/attendance?student_id=S09000"),
            ("attendance that waits for a look", "/api/v1/attendance?needs_review=true"),
            ("attendance today", $"/api/v1/attendance?from={Day(0)}"), ("seen today", "/attendance/today?limit=500"),
            ("roll call of today, counts", "/api/v1/roll-call?entries=false"),
            ("roll call of a class", "/api/v1/roll-call?class_name=C100"), ("roll call of today, all 10,000", "/api/v1/roll-call"),
            ("class sessions", "/api/v1/class-sessions"), ("lessons of a class", "/api/v1/timetable/lessons?class_name=C100"),
            ("lessons, page 1", "/api/v1/timetable/lessons"),
            ("report of a month by student", $"/api/v1/reports/attendance?from={Day(30)}"),
            ("report of a month by class", $"/api/v1/reports/attendance?from={Day(30)}&group_by=class"),
            ("report of a month by day", $"/api/v1/reports/attendance?from={Day(30)}&group_by=day"),
            ("report of a class by student", $"/api/v1/reports/attendance?from={Day(30)}&class_name=C100"),
            ("deliveries", "/api/v1/webhooks/00000000-0000-7000-8000-00000000000a/deliveries"),
            ("deliveries given up", "/api/v1/webhooks/00000000-0000-7000-8000-00000000000a/deliveries?status=dead"),
            ("audit log", "/api/v1/audit"), ("audit log of a subject", "/api/v1/audit?subject=S77"),
        ];
    }

    private static async Task MeasureAsync(HttpClient http, string what, string path)
    {
        var length = 0;
        var spans = await TimeAsync(async () =>
        {
            using var answer = await http.GetAsync(path);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path} answered {answer.StatusCode}.");
            length = (await answer.Content.ReadAsByteArrayAsync()).Length;
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what} | {spans[Times / 2]:0.0} | {spans[^1]:0.0} | {length / 1024.0:0} |"));
    }

    private static async Task MeasureBareAsync(string connection)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var count = new NpgsqlCommand(Bare, open);
        var spans = await TimeAsync(() => count.ExecuteScalarAsync());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| *a month's records, counted and nothing else* | {spans[Times / 2]:0.0} | {spans[^1]:0.0} | |"));
    }

    private static async Task<List<double>> TimeAsync(Func<Task> action)
    {
        var spans = new List<double>();
        // The first two warm up.
        for (var i = -2; i < Times; i++)
        {
            var clock = Stopwatch.StartNew();
            await action();
            if (i >= 0) spans.Add(clock.Elapsed.TotalMilliseconds);
        }
        spans.Sort();
        return spans;
    }

    private static async Task<string> ReadSchoolAsync()
    {
        await using var sql = Assembly.GetExecutingAssembly().GetManifestResourceStream("console.sql")!;
        using var reader = new StreamReader(sql);
        return await reader.ReadToEndAsync();
    }

    private static async Task<long> CountAsync(string connection)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM attendance_records", open);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
