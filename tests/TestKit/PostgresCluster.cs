using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace FaceAttendance.TestKit;

/// <summary>
/// A real PostgreSQL for tests: the one that FACE_TEST_POSTGRES names (a connection string of a superuser to a maintenance database), or
/// else a private one, started on first use and gone with the process, however that ends.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    public const string Variable = "FACE_TEST_POSTGRES";

    // Databases are copied from it, because CREATE EXTENSION postgis takes a second and a copy a tenth of one.
    private const string Template = "face_test_template";
    private const long TemplateLock = 0x46544B54;

    /// <summary>A role that owns nothing, as servers work; the name is one that the cluster of ./test.sh lets in.</summary>
    public const string ServerRole = "faceattendance";

    private static readonly Lazy<Task<PostgresCluster>> Common = new(async () =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? new PostgresCluster(given, null)
            : await StartPrivateAsync());

    private readonly string _maintenance;
    private readonly PrivateServer? _server;

    private PostgresCluster(string maintenance, PrivateServer? server)
    {
        // Unpooled: a server stopped and started in between would leave stale connections in a pool.
        _maintenance = new NpgsqlConnectionStringBuilder(maintenance) { Pooling = false }.ConnectionString;
        _server = server;
    }

    /// <summary>The cluster that all fixtures of this process share. Nobody disposes it.</summary>
    public static Task<PostgresCluster> SharedAsync() => Common.Value;

    /// <summary>A cluster of the caller's own, which can be stopped and started again. The caller disposes it.</summary>
    public static async Task<PostgresCluster> StartPrivateAsync()
    {
        var server = await PrivateServer.CreateAsync();
        await server.StartAsync();
        return new PostgresCluster(server.ConnectionString, server);
    }

    /// <summary>A fresh database with PostGIS and nothing else, dropped when the result is disposed.</summary>
    public async Task<TestDatabase> CreateDatabaseAsync()
    {
        var name = $"face_test_{Environment.ProcessId}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        await using var connection = new NpgsqlConnection(_maintenance);
        await connection.OpenAsync();
        // Several test processes may share the cluster; the template is made once and copied by one at a time.
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({TemplateLock.ToString(CultureInfo.InvariantCulture)})");
        try
        {
            await EnsureTemplateAsync(connection);
            await ExecuteAsync(connection,
                $"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ServerRole}') THEN CREATE ROLE {ServerRole} " +
                "LOGIN; END IF; END $$");
            await ExecuteAsync(connection, $"CREATE DATABASE {name} TEMPLATE {Template}");
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({TemplateLock.ToString(CultureInfo.InvariantCulture)})");
        }
        return new TestDatabase(ConnectionStringTo(name), () => DropAsync(name));
    }

    /// <summary>Shuts the private server down the way an administrator would: sessions are ended with a message.</summary>
    public Task StopServerAsync() => Own().StopAsync();

    public Task StartServerAsync() => Own().StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    private PrivateServer Own() =>
        _server ?? throw new InvalidOperationException($"The server named by {Variable} belongs to somebody else.");

    private string ConnectionStringTo(string database) =>
        new NpgsqlConnectionStringBuilder(_maintenance) { Database = database, Pooling = true }.ConnectionString;

    private async Task EnsureTemplateAsync(NpgsqlConnection connection)
    {
        await using (var find = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{Template}'", connection))
        {
            if (await find.ExecuteScalarAsync() is not null) return;
        }
        const string Unfinished = Template + "_unfinished";
        await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {Unfinished} WITH (FORCE)");
        await ExecuteAsync(connection, $"CREATE DATABASE {Unfinished} TEMPLATE template0 ENCODING 'UTF8'");
        await using (var inside =
            new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_maintenance) { Database = Unfinished }.ConnectionString))
        {
            await inside.OpenAsync();
            await ExecuteAsync(inside, "CREATE EXTENSION postgis");
        }
        await ExecuteAsync(connection, $"ALTER DATABASE {Unfinished} RENAME TO {Template}");
    }

    private async Task DropAsync(string name)
    {
        try
        {
            await using var connection = new NpgsqlConnection(_maintenance);
            await connection.OpenAsync();
            await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
        catch (NpgsqlException) when (_server is not null)
        {
            // A private server may be stopped already; the database goes with its folder.
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>The folder of the newest PostgreSQL installed that has these programs.</returns>
    internal static string FindBinaries(params string[] programs)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        // Debian keeps the server's programs out of PATH, one folder for each major version.
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => d.Length)
                .ThenByDescending(d => d, StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        return debian.Select(d => Path.Combine(d, "bin")).Concat(path)
            .FirstOrDefault(d => programs.All(p => File.Exists(Path.Combine(d, p))))
            ?? throw new InvalidOperationException(
                $"No PostgreSQL server is installed: apt-get install postgresql postgresql-15-postgis-3, or set {Variable}.");
    }

    /// <summary>A server in a folder of its own, reachable over a Unix socket there and by no network.</summary>
    private sealed class PrivateServer : IAsyncDisposable
    {
        // The guardian keeps the server as its child and waits on its input: a line, or the end of it when this process dies, ends both.
        // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
        private const string Guardian =
            """
            "$1/postgres" -D "$2/data" -k "$2" -p "$3" -h '' -F -c log_min_messages=fatal -c max_connections=200 >"$2/log" 2>&1 </dev/null & server=$!
            read -r word
            if [ "$word" = stop ]; then kill -INT $server; else kill -QUIT $server; fi
            wait $server
            [ "$word" = stop ] || rm -rf "$2"
            """;

        private readonly string _binaries;
        private readonly string _folder;
        private readonly int _port;
        private Process? _guardian;

        private PrivateServer(string binaries, string folder, int port) => (_binaries, _folder, _port) = (binaries, folder, port);

        public string ConnectionString => new NpgsqlConnectionStringBuilder
        {
            Host = _folder,
            Port = _port,
            Username = "postgres",
            Database = "postgres",
            Timeout = 5,
        }.ConnectionString;

        public static async Task<PrivateServer> CreateAsync()
        {
            var binaries = FindBinaries("initdb", "postgres");
            // A Unix socket's path has at most 107 bytes, so the folder lies in /tmp wherever TMPDIR points.
            var folder = (await RunAsync("mktemp", "-d", "/tmp/facepg.XXXXXX")).Trim();
            await RunAsync(
                Path.Combine(binaries, "initdb"), "-D", Path.Combine(folder, "data"), "-U", "postgres", "-E", "UTF8", "--auth=trust", "-N");
            return new PrivateServer(binaries, folder, RandomNumberGenerator.GetInt32(20_000, 60_000));
        }

        public async Task StartAsync()
        {
            var start = Command("sh", ["-c", Guardian, "sh", _binaries, _folder, _port.ToString(CultureInfo.InvariantCulture)]);
            start.RedirectStandardInput = true;
            _guardian = Process.Start(start)!;
            for (var tries = 0; ; tries++)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                    await connection.OpenAsync();
                    return;
                }
                catch (NpgsqlException) when (tries < 300 && !_guardian.HasExited)
                {
                    await Task.Delay(100);
                }
            }
        }

        public async Task StopAsync() => await EndAsync("stop");

        public async ValueTask DisposeAsync()
        {
            if (_guardian is not null) await EndAsync("remove");
            else await RunAsync("rm", "-rf", _folder);
        }

        private async Task EndAsync(string word)
        {
            await _guardian!.StandardInput.WriteLineAsync(word);
            _guardian.StandardInput.Close();
            await _guardian.WaitForExitAsync();
            _guardian.Dispose();
            _guardian = null;
        }

        private static async Task<string> RunAsync(string program, params string[] arguments)
        {
            var start = Command(program, arguments);
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await errors}");
        }

        /// <summary>PostgreSQL refuses to run as root, so root runs it as Debian's user for it.</summary>
        private static ProcessStartInfo Command(string program, IEnumerable<string> arguments)
        {
            var asPostgres = Environment.UserName == "root";
            var start = new ProcessStartInfo(asPostgres ? "runuser" : program) { WorkingDirectory = "/tmp" };
            if (asPostgres) foreach (var argument in new[] { "-u", "postgres", "--", program }) start.ArgumentList.Add(argument);
            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            return start;
        }
    }
}

/// <summary>A database that lives as long as its test.</summary>
public sealed class TestDatabase(string connectionString, Func<Task> drop) : IAsyncDisposable
{
    /// <summary>As a superuser.</summary>
    public string ConnectionString { get; } = connectionString;

    /// <summary>As the role that owns nothing.</summary>
    public string ServersConnectionString =>
        new NpgsqlConnectionStringBuilder(ConnectionString) { Username = PostgresCluster.ServerRole }.ConnectionString;

    /// <summary>Runs SQL beside the code under test.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <returns>The first value of the first row; default for none and for NULL.</returns>
    public async Task<T?> ReadAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <returns>The whole database as pg_dump writes it: SQL, in which bytes stand as hexadecimal digits.</returns>
    public Task<string> DumpAsync() => RunAsync("pg_dump");

    /// <summary>Makes a backup as the runbook says.</summary>
    public Task BackUpAsync(string file) => RunAsync("pg_dump", "--format=custom", $"--file={file}");

    /// <summary>Puts a backup in the place of whatever is here, as the runbook says.</summary>
    public Task RestoreAsync(string file) => RunAsync("pg_restore", "--clean", "--if-exists", file);

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var target = new NpgsqlConnectionStringBuilder(ConnectionString);
        var start = new ProcessStartInfo(Path.Combine(PostgresCluster.FindBinaries(program), program))
        {
            ArgumentList =
            {
                "-h", target.Host!, "-p", target.Port.ToString(CultureInfo.InvariantCulture), "-U", target.Username!, "-d",
                target.Database!,
            },
            Environment = { ["PGPASSWORD"] = target.Password ?? "" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await errors}");
    }

    /// <summary>Ends the connections that do nothing but listen; a pooled one that was ended would fail whatever uses it next.</summary>
    /// <returns>How many there were.</returns>
    public async Task<long> EndListeningConnectionsAsync() => await ReadAsync<long>(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'");

    public async ValueTask DisposeAsync() => await drop();

    private async Task<NpgsqlConnection> OpenAsync()
    {
        // Unpooled, so that a server stopped and started in between leaves nothing stale.
        var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
