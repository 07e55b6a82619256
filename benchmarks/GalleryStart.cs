using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>The server as a process with a large school: time from its start until it is ready, beside the same start with an empty school
/// and the least that reading and opening the templates costs.</summary>
internal static class GalleryStart
{
    private const int Rounds = 3;

    /// <param name="maintenance">Connection string to a cluster on which databases may be made.</param>
    public static async Task<int> RunAsync(string maintenance, string server, int students)
    {
        var (large, empty) = (NameOf("large"), NameOf("empty"));
        try
        {
            await ExecuteAsync(maintenance, $"CREATE DATABASE {large}");
            await ExecuteAsync(maintenance, $"CREATE DATABASE {empty}");
            // The first start makes the tables.
            using (await StartAsync(empty))
            using (await StartAsync(large)) await LargeSchool.FillAsync(ConnectionTo(large), students);
            var opening = new BareOpening(students, LargeSchool.Embedder.Entry.Dimension * sizeof(float));
            var (ready, alone, copied, opened) = (new Timings(), new Timings(), new Timings(), new Timings());
            var (cpu, resident) = (new Timings(), 0L);
            for (var i = 0; i < Rounds; i++)
            {
                using (var started = await StartAsync(empty)) alone.Add(started.ReadyAfter);
                copied.Add(Copy(ConnectionTo(large)));
                opened.Add(opening.Measure());
                using (var started = await StartAsync(large))
                {
                    ready.Add(started.ReadyAfter);
                    cpu.Add(started.ProcessorTime());
                    resident = started.ResidentMegabytes();
                    var health = await started.Http.GetFromJsonAsync<JsonElement>("/health");
                    if (health.GetProperty("encodings").GetInt32() != students)
                        throw new InvalidOperationException($"Ready with {health}, of {students} templates.");
                }
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| server with {students:N0} students | median | least |"));
            Console.WriteLine("| --- | --- | --- |");
            ready.Print("start to ready");
            alone.Print("the same with nobody enrolled");
            copied.Print("the templates read by `psql` alone (binary COPY)");
            opened.Print("the same bytes opened by AES-256-GCM alone, on all cores");
            cpu.Print("processor time of the server until ready");
            Console.WriteLine($"| resident memory when ready | {resident} MB | |");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| reading and opening ÷ what they cost alone | " +
                $"{(ready.Median - alone.Median) / (copied.Median + opened.Median):0.00} | " +
                $"{(ready.Least - alone.Least) / (copied.Least + opened.Least):0.00} |"));
            Console.WriteLine();
            return 0;
        }
        finally
        {
            foreach (var database in new[] { large, empty })
                await ExecuteAsync(maintenance, $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        }

        Task<RunningServer> StartAsync(string database) =>
            RunningServer.StartAsync(server, ConnectionTo(database), ("SERVER_KEYS", LargeSchool.Keys));

        string ConnectionTo(string database) =>
            new NpgsqlConnectionStringBuilder(maintenance) { Database = database, Pooling = false }.ConnectionString;
    }

    private static string NameOf(string what) => $"faceattendance_bench_{what}_{Guid.NewGuid():N}";

    private static TimeSpan Copy(string connection)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo("psql")
        {
            ArgumentList =
            {
                "-X", "-q", "-o", "/dev/null", "-c",
                $"COPY (SELECT id, student_id, key_id, embedding FROM templates WHERE school_id = '{SchoolId.First.Value}' AND contract " +
                $"= '{LargeSchool.Embedder.Entry.Contract.Value}') TO STDOUT (FORMAT BINARY)",
            },
            Environment =
            {
                ["PGHOST"] = to.Host, ["PGPORT"] = to.Port.ToString(CultureInfo.InvariantCulture), ["PGUSER"] = to.Username,
                ["PGPASSWORD"] = to.Password, ["PGDATABASE"] = to.Database,
            },
        };
        var clock = Stopwatch.StartNew();
        using var psql = Process.Start(start)!;
        psql.WaitForExit();
        if (psql.ExitCode != 0) throw new InvalidOperationException("psql could not copy the templates.");
        return clock.Elapsed;
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Timings
    {
        private readonly List<double> _seconds = [];

        public double Median => _seconds.Order().ElementAt(_seconds.Count / 2);

        public double Least => _seconds.Min();

        public void Add(TimeSpan time) => _seconds.Add(time.TotalSeconds);

        public void Print(string what) =>
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {Median:0.00} s | {Least:0.00} s |"));
    }

    /// <summary>So many sealed rows as bare AES-256-GCM, bound to as many bytes as a template is.</summary>
    private sealed class BareOpening
    {
        private const int NonceBytes = 12;
        private const int TagBytes = 16;
        private readonly byte[] _key = RandomNumberGenerator.GetBytes(StorageKeys.KeyBytes);
        private readonly byte[] _bound = new byte[100];
        private readonly byte[][] _sealed;

        public BareOpening(int rows, int length)
        {
            var plain = RandomNumberGenerator.GetBytes(length);
            _sealed = new byte[rows][];
            InParts(cipher => row =>
            {
                var bytes = _sealed[row] = new byte[NonceBytes + TagBytes + length];
                BitConverter.TryWriteBytes(bytes, row);
                cipher.Encrypt(bytes.AsSpan(0, NonceBytes), plain, bytes.AsSpan(NonceBytes + TagBytes),
                    bytes.AsSpan(NonceBytes, TagBytes), _bound);
            });
        }

        public TimeSpan Measure()
        {
            var clock = Stopwatch.StartNew();
            InParts(cipher =>
            {
                var plain = new byte[_sealed[0].Length - NonceBytes - TagBytes];
                return row =>
                {
                    ReadOnlySpan<byte> bytes = _sealed[row];
                    cipher.Decrypt(bytes[..NonceBytes], bytes[(NonceBytes + TagBytes)..], bytes.Slice(NonceBytes, TagBytes), plain, _bound);
                };
            });
            return clock.Elapsed;
        }

        private void InParts(Func<AesGcm, Action<int>> work) => Parallel.For(0, Environment.ProcessorCount, part =>
        {
            using var cipher = new AesGcm(_key, TagBytes);
            var row = work(cipher);
            for (var i = part; i < _sealed.Length; i += Environment.ProcessorCount) row(i);
        });
    }
}
