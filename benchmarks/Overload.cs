using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// The server as a process, and more pictures than it can look at: what it still accepts and how long that takes, how quickly it refuses
/// the rest, and whether it answers anything else meanwhile. The load is made on the same cores.
/// </summary>
internal static class Overload
{
    private const int Students = 1_000;

    private const int Callers = 16;

    private const int Storm = 64;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Counted = TimeSpan.FromSeconds(15);

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    public static Task<int> RunAsync(string maintenance, string server, string facesFolder) =>
        WithServerAsync(maintenance, server, facesFolder, async (running, load) =>
    {
        var capacity = await CapacityAsync(load);
        var phases = new List<(string Name, LoadResult Result)>();
        foreach (var times in new[] { 0.5, 1, 2, 5, 10 })
        {
            var name = $"{times.ToString("0.#", CultureInfo.InvariantCulture)} × capacity";
            phases.Add((name, await load.OpenAsync(times * capacity, Settle, Counted)));
        }
        phases.Add(("16 clients, each with its next picture", await load.ClosedAsync(16, Settle, Counted)));
        phases.Add(($"storm: {Storm} clients that try again at once", await load.ClosedAsync(Storm, Settle, Counted)));

        var peak = phases.Max(p => p.Result.AcceptedPerSecond);
        var half = phases[0].Result.Accepted(99);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"`POST /recognize`, 640×480, one face, {Callers} API keys, {Students:N0} students; capacity (as many clients as keep the " +
            $"workers busy) {capacity:0} frames/s on {Environment.ProcessorCount} cores, which PostgreSQL and whoever makes the load " +
            $"share (its part of them is in the table, at the same priority). Loads are open: requests come at random times, whether or " +
            $"not others were answered. Each is counted for {Counted.TotalSeconds:0} s, after {Settle.TotalSeconds:0} s of it."));
        Console.WriteLine();
        Console.WriteLine(
            "| load | accepted/s | ÷ peak | p50 | p99 | ÷ p99 at half load | refused/s | refused in, p50 | p99 | /health p99 | memory | " +
            "cores of the load | failed |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (name, r) in phases)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {r.AcceptedPerSecond:0.0} | {r.AcceptedPerSecond / peak:0.00} | {r.Accepted(50):0} ms " +
                $"| {r.Accepted(99):0} ms | {r.Accepted(99) / half:0.0} | {r.RefusedPerSecond:0} | {Ms(r.Refused(50))} " +
                $"| {Ms(r.Refused(99))} | {Ms(r.Health(99))} | {r.MostResidentMegabytes} MB | {r.GeneratorCores:0.00} | {r.Failed} |"));
        }
        Console.WriteLine();
        return 0;
    });

    /// <summary>Frames a second of as many clients as keep the workers busy and no more.</summary>
    public static async Task<double> CapacityAsync(LoadGenerator load)
    {
        await load.ClosedAsync(Environment.ProcessorCount, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        var enough = await load.ClosedAsync(Environment.ProcessorCount * 2, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
        return enough.AcceptedPerSecond;
    }

    /// <summary>A server that is never told to slow a single caller down, and callers for it.</summary>
    public static async Task<int> WithServerAsync(
        string maintenance, string server, string facesFolder, Func<RunningServer, LoadGenerator, Task<int>> measure)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, Pooling = false }.ConnectionString;
        (string, string)[] settings =
            [("SERVER_KEYS", LargeSchool.Keys), ("Access__RequestsPerSecond", "10000"), ("Access__RequestBurst", "100000")];
        try
        {
            // The first start makes the tables.
            using (await RunningServer.StartAsync(server, connection, settings)) await LargeSchool.FillAsync(connection, Students);
            using var running = await RunningServer.StartAsync(server, connection, settings);
            var keys = new List<string>();
            for (var i = 0; i < Callers; i++)
            {
                using var made = await running.Http.PostAsJsonAsync("/api/v1/api-keys", new { name = $"camera {i}", scopes = KeyScopes });
                made.EnsureSuccessStatusCode();
                keys.Add((await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!);
            }
            using var load = new LoadGenerator(running, Speed.TypicalFrame(facesFolder), keys);
            return await measure(running, load);
        }
        finally
        {
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static readonly string[] KeyScopes = ["recognize"];

    private static string Ms(double milliseconds) =>
        double.IsNaN(milliseconds) ? "" : string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms");

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
