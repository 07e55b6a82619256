using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// What a presence check costs over HTTP: its throughput beside a bare endpoint's that asks the database for SELECT 1, on the same server,
/// behind the same authorization, alternately in the same run.
/// </summary>
internal static class PresenceCheck
{
    private const int Connections = 8;
    private const int Rounds = 5;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    public static async Task<int> RunAsync(string maintenance)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database }.ConnectionString;
        try
        {
            Console.WriteLine("| POST /api/presence/presence-check/ | requests/s | bare endpoint with SELECT 1 | ratio |");
            Console.WriteLine("| --- | --- | --- | --- |");
            await using var app = WebApi.Program.Build(
                ["--environment=Development", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Default={connection}",
                    // Its log is not to stand among the figures.
                    "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error",
                    // One caller makes all requests; and a first key would be printed among the results.
                    "--Access:RequestsPerSecond=10000", "--Access:RequestBurst=100000", $"--Access:AdminKey=fa_{new string('x', 32)}"]);
            MapBare(app);
            await app.StartAsync();
            var address = new Uri(app.Urls.First());
            var token = await LogInAsync(address);
            var check = Request(address, "/api/presence/presence-check/", token, """{"lat":-7.9673435,"lon":112.6267206}""");
            var bare = Request(address, "/bare", token, "{}");
            await CompareAsync("one site", address, check, bare);
            await ExecuteAsync(connection,
                """
                INSERT INTO sites (school_id, id, name, shape, radius_m)
                SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), 'Site ' || n,
                       st_setsrid(st_makepoint(-180 + 360 * random(), -85 + 170 * random()), 4326)::geography, 20 + 80 * random()
                FROM generate_series(1, 100000) AS n
                """);
            await ExecuteAsync(connection, "ANALYZE sites");
            // A session judges plans by what it has seen; no school grows a hundred thousand sites within one.
            app.Services.GetRequiredService<NpgsqlDataSource>().Clear();
            await CompareAsync("100,000 sites", address, check, bare);
            Console.WriteLine();
            await app.StopAsync();
            return 0;
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static void MapBare(WebApplication app) => app.MapPost("/bare", async (NpgsqlDataSource database, CancellationToken ct) =>
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var select = new NpgsqlCommand("SELECT 1", connection);
        await select.PrepareAsync(ct);
        await select.ExecuteScalarAsync(ct);
        return Results.Json(1);
    });

    private static async Task CompareAsync(string what, Uri address, byte[] check, byte[] bare)
    {
        await MeasureAsync(address, check);
        await MeasureAsync(address, bare);
        var (checks, bares) = (new List<double>(), new List<double>());
        for (var i = 0; i < Rounds; i++)
        {
            checks.Add(await MeasureAsync(address, check));
            bares.Add(await MeasureAsync(address, bare));
        }
        var (c, b) = (Median(checks), Median(bares));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {c:0} | {b:0} | {c / b:0.00} |"));
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <returns>Answers in a second, all connections together.</returns>
    private static async Task<double> MeasureAsync(Uri address, byte[] request)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(address.Host, address.Port);
            var stream = client.GetStream();
            var buffer = new byte[4096];
            await stream.WriteAsync(request);
            var length = await ReadFirstAsync(stream, buffer);
            var answers = 1;
            // One request's answers all have one length, so that this side costs next to nothing.
            while (clock.Elapsed < Slice)
            {
                await stream.WriteAsync(request);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, length));
                answers++;
            }
            return answers;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    /// <returns>How long the answer is; it must be a 200.</returns>
    private static async Task<int> ReadFirstAsync(NetworkStream stream, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            length += await stream.ReadAsync(buffer.AsMemory(length));
            var text = Encoding.ASCII.GetString(buffer, 0, length);
            if (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                throw new InvalidOperationException($"The server answered: {text}");
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            if (text.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
            {
                if (text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)) return length;
                continue;
            }
            var start = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase) + "Content-Length: ".Length;
            var body = int.Parse(text[start..text.IndexOf('\r', start)], CultureInfo.InvariantCulture);
            if (length == head + 4 + body) return length;
        }
    }

    /// <returns>A new user's access token.</returns>
    public static async Task<string> LogInAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        var who = new { username = "bench", password = Guid.NewGuid().ToString(), role = "device" };
        (await http.PostAsJsonAsync("/api/v1/users", who)).EnsureSuccessStatusCode();
        var answer = await http.PostAsJsonAsync("/api/token/", who);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access").GetString()!;
    }

    private static byte[] Request(Uri address, string path, string token, string body) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: " +
        $"application/json\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}");

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
