using System.Data;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>A numbered SQL file, applied once and never changed afterwards.</summary>
/// <param name="Name">Such as <c>0001_students_and_galleries</c>; the order of names is the order of application.</param>
internal sealed record Migration(string Name, string Sql)
{
    /// <summary>SHA-256 in lower-case hex; line endings do not count, so that a checkout on another system is the same file.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The files that this program carries.</summary>
    public static IReadOnlyList<Migration> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. from resource in assembly.GetManifestResourceNames()
               where resource.EndsWith(".sql", StringComparison.Ordinal)
               orderby resource
               select new Migration(Path.GetFileNameWithoutExtension(resource), ReadText(assembly, resource)),
        ];
    }

    private static string ReadText(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}

/// <summary>Brings the database's schema up to this program's. Any number of processes may start at once: one applies, the others wait for
/// it.</summary>
internal sealed partial class Migrator(NpgsqlDataSource database, ILogger<Migrator> log)
{
    // Any number will do as long as every process uses the same one: the ASCII codes of "FACE".
    private const long AdvisoryLock = 0x46414345;

    private const string CreateHistory =
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            name       varchar(200) PRIMARY KEY,
            sha256     char(64)     NOT NULL,
            applied_at timestamptz  NOT NULL DEFAULT clock_timestamp())
        """;

    /// <exception cref="DatabaseStartupException">An applied file has changed since, or the database is newer than the program.</exception>
    /// <param name="afterwards">What else is to be done by one process at a time.</param>
    public async Task MigrateAsync(
        IReadOnlyList<Migration> migrations, CancellationToken ct, Func<NpgsqlConnection, Task>? afterwards = null)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({AdvisoryLock})"), ct);
        try
        {
            await ExecuteAsync(connection, CreateHistory, ct);
            var applied = await ReadHistoryAsync(connection, ct);
            RefuseForeignHistory(migrations, applied);
            foreach (var migration in migrations)
            {
                if (!applied.ContainsKey(migration.Name)) await ApplyAsync(connection, migration, ct);
            }
            if (afterwards is not null) await afterwards(connection);
        }
        finally
        {
            // A session keeps its locks when the connection goes back to the pool; a broken one has none to give back.
            if (connection.State == ConnectionState.Open)
            {
                await ExecuteAsync(
                    connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({AdvisoryLock})"),
                    CancellationToken.None);
            }
        }
    }

    /// <summary>Compares without applying anything.</summary>
    /// <returns>How many the database lacks; null for a database without any.</returns>
    /// <exception cref="DatabaseStartupException">As for <see cref="MigrateAsync"/>.</exception>
    public async Task<int?> CountMissingAsync(IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var find = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NULL", connection))
        {
            if ((bool)(await find.ExecuteScalarAsync(ct))!) return null;
        }
        var applied = await ReadHistoryAsync(connection, ct);
        RefuseForeignHistory(migrations, applied);
        return migrations.Count(m => !applied.ContainsKey(m.Name));
    }

    private static void RefuseForeignHistory(IReadOnlyList<Migration> migrations, Dictionary<string, string> applied)
    {
        foreach (var (name, digest) in applied)
        {
            var carried = migrations.FirstOrDefault(m => m.Name == name)
                ?? throw new DatabaseStartupException(
                    $"The database has the migration {name}, which this version does not know: it was migrated by a newer version. " +
                    "Start that one, or restore a backup.");
            if (carried.Digest != digest)
            {
                throw new DatabaseStartupException(
                    $"The migration {name} was changed after it was applied (SHA-256 {digest} in the database, {carried.Digest} in this " +
                    "program). Restore the file and put the change into a new migration.");
            }
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // A migration may rewrite a large table: it has all the time it needs.
        await using (var apply = new NpgsqlCommand(migration.Sql, connection) { CommandTimeout = 0 }) await apply.ExecuteNonQueryAsync(ct);
        await using (var record = new NpgsqlCommand("INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)", connection))
        {
            record.Parameters.AddWithValue(migration.Name);
            record.Parameters.AddWithValue(migration.Digest);
            await record.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        Log.Applied(log, migration.Name);
    }

    private static async Task<Dictionary<string, string>> ReadHistoryAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>();
        await using var read = new NpgsqlCommand("SELECT name, sha256 FROM schema_migrations ORDER BY name", connection);
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(1300, LogLevel.Information, "Applied migration {Migration}.")]
        public static partial void Applied(ILogger log, string migration);
    }
}
