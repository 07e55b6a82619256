using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>The server as a process with 10,000 students: time from its start until it is ready, its memory, and what a frame costs over
/// HTTP.</summary>
internal static class ServerStart
{
    private const int Students = 10_000;
    private const int Starts = 5;

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    public static async Task<int> RunAsync(string maintenance, string server, string facesFolder)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, Pooling = false }.ConnectionString;
        try
        {
            // The first start makes the tables.
            using (await RunningServer.StartAsync(server, connection, ("SERVER_KEYS", LargeSchool.Keys)))
                await LargeSchool.FillAsync(connection, Students);

            var starts = new List<double>();
            for (var i = 0; i < Starts; i++)
            {
                using var running = await RunningServer.StartAsync(server, connection, ("SERVER_KEYS", LargeSchool.Keys));
                starts.Add(running.ReadyAfter.TotalSeconds);
            }
            using var measured = await RunningServer.StartAsync(server, connection, ("SERVER_KEYS", LargeSchool.Keys));
            var fresh = measured.ResidentMegabytes();
            var frame = Speed.TypicalFrame(facesFolder);
            var times = new List<double>();
            for (var i = 0; i < 300; i++)
            {
                using var form = new MultipartFormDataContent { { new ByteArrayContent(frame), "image", "frame.jpg" } };
                var clock = Stopwatch.StartNew();
                using var answer = await measured.Http.PostAsync("/recognize", form);
                answer.EnsureSuccessStatusCode();
                if (i >= 100) times.Add(clock.Elapsed.TotalMilliseconds);
            }
            starts.Sort();
            times.Sort();
            Console.WriteLine("| server with 10,000 students | |");
            Console.WriteLine("| --- | --- |");
            Line("start to ready, median of 5", $"{starts[Starts / 2]:0.00} s (slowest {starts[^1]:0.00} s)");
            Line("resident memory when ready", $"{fresh} MB");
            Line("resident memory after 300 frames", $"{measured.ResidentMegabytes()} MB");
            Line("POST /recognize, 640×480, 1 face", $"p50 {times[times.Count / 2]:0.0} ms, p95 {times[times.Count * 95 / 100]:0.0} ms");
            Console.WriteLine();
            return 0;
        }
        finally
        {
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static void Line(string what, string value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {value} |"));

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
