using System.Diagnostics;
using System.Globalization;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Benchmarks;

/// <summary>The server as a process with 10,000 students: time from its start until it is ready, its memory, and what a frame costs over
/// HTTP.</summary>
internal static class ServerStart
{
    private const int Students = 10_000;
    private const int Starts = 5;
    private static readonly string Keys = StorageKeys.NewLine();

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    public static async Task<int> RunAsync(string maintenance, string server, string facesFolder)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, Pooling = false }.ConnectionString;
        try
        {
            // The first start makes the tables.
            using (await RunningServer.StartAsync(server, connection, ("TEMPLATE_KEYS", Keys))) await FillAsync(connection);

            var starts = new List<double>();
            for (var i = 0; i < Starts; i++)
            {
                using var running = await RunningServer.StartAsync(server, connection, ("TEMPLATE_KEYS", Keys));
                starts.Add(running.ReadyAfter.TotalSeconds);
            }
            using var measured = await RunningServer.StartAsync(server, connection, ("TEMPLATE_KEYS", Keys));
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

    private static async Task FillAsync(string connection)
    {
        var embedder = ModelStore.Open(new()).Resolve(null, NullLogger.Instance).Embedder.Entry;
        var random = new Random(1);
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using (var students =
            await open.BeginBinaryImportAsync("COPY students (school_id, id, full_name) FROM STDIN (FORMAT BINARY)"))
        {
            for (var i = 0; i < Students; i++)
            {
                await students.StartRowAsync();
                await students.WriteAsync(SchoolId.First.Value, NpgsqlDbType.Uuid);
                await students.WriteAsync($"s{i}", NpgsqlDbType.Varchar);
                await students.WriteAsync($"Student {i}", NpgsqlDbType.Varchar);
            }
            await students.CompleteAsync();
        }
        if (!StorageKeys.TryParse(Keys, out var keys)) throw new InvalidOperationException("No keys.");
        using var cipher = keys.OpenCipher();
        var seal = new TemplateSeal(cipher, SchoolId.First);
        await using (var templates = await open.BeginBinaryImportAsync(
            "COPY templates (school_id, id, student_id, contract, embedding, image_mac, enrolled_at, revision, key_id) FROM STDIN " +
            "(FORMAT BINARY)"))
        {
            for (var i = 0; i < Students; i++)
            {
                var raw = new float[embedder.Dimension];
                for (var k = 0; k < raw.Length; k++) raw[k] = random.NextSingle() - 0.5f;
                var digest = new byte[32];
                random.NextBytes(digest);
                await templates.StartRowAsync();
                await templates.WriteAsync(SchoolId.First.Value, NpgsqlDbType.Uuid);
                var id = TemplateId.New();
                await templates.WriteAsync(id.Value, NpgsqlDbType.Uuid);
                await templates.WriteAsync($"s{i}", NpgsqlDbType.Varchar);
                await templates.WriteAsync(embedder.Contract.Value, NpgsqlDbType.Varchar);
                var embedding = Embedding.FromRaw(raw, embedder.Contract);
                await templates.WriteAsync(seal.Seal(id, new($"s{i}"), embedding.Contract, embedding.Values), NpgsqlDbType.Bytea);
                await templates.WriteAsync(digest, NpgsqlDbType.Bytea);
                await templates.WriteAsync(DateTime.UtcNow, NpgsqlDbType.TimestampTz);
                await templates.WriteAsync((long)i + 1, NpgsqlDbType.Bigint);
                await templates.WriteAsync(keys.CurrentId, NpgsqlDbType.Varchar);
            }
            await templates.CompleteAsync();
        }
        await using var revision = new NpgsqlCommand($"UPDATE schools SET gallery_revision = {Students}", open);
        await revision.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
