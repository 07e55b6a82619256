using System.Globalization;
using System.Net;
using FaceAttendance.Application;
using FaceAttendance.Application.Notices;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;
using StackExchange.Redis;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>Looks at the database, the keys and Redis as a start does, and changes nothing.</summary>
public sealed class ServerExamination
{
    private const string Database = "database";
    private const string Keys = "keys";

    private const string Greet = "SELECT 'PostgreSQL ' || current_setting('server_version') || ' answers the role ' || current_user || '.'";

    // Time servers keep clocks within milliseconds of each other; a second more is the answer's way.
    private static readonly TimeSpan NoticeablyApart = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _database;
    private readonly DatabasePreparation _preparation;
    private readonly Migrator _migrator;
    private readonly ServerRole _role;
    private readonly DatabaseClock _clock;
    private readonly StorageKeySource _source;
    private readonly Func<StorageKeyRegister> _register;
    private readonly BroadcastOptions _broadcast;

    internal ServerExamination(
        NpgsqlDataSource database, DatabasePreparation preparation, Migrator migrator, ServerRole role, DatabaseClock clock,
        StorageKeySource source, Func<StorageKeyRegister> register, BroadcastOptions broadcast) =>
        (_database, _preparation, _migrator, _role, _clock, _source, _register, _broadcast) =
        (database, preparation, migrator, role, clock, source, register, broadcast);

    /// <param name="ahead">By how much this machine's clock is ahead of the other; negative when it is behind.</param>
    public static Finding JudgeClock(string other, TimeSpan ahead)
    {
        var apart = ahead.Duration();
        var told = string.Create(
            CultureInfo.InvariantCulture,
            $"This machine's clock is {apart.TotalSeconds:0.#} s {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} {other}");
        const string Remedy = "Let a time server keep both clocks (timedatectl set-ntp true).";
        if (apart < NoticeablyApart) return Finding.Ok("clock", $"This machine's clock agrees with {other}.");
        return apart < DatabaseClock.MostApart
            ? Finding.Warning("clock", $"{told}. {Remedy}")
            : Finding.Fault("clock", $"{told}: nothing is removed for its age, and tokens may be refused. {Remedy}");
    }

    /// <param name="backup">Null when nobody said where they lie.</param>
    public static Finding JudgeBackup(BackupState? backup, DateTimeOffset now)
    {
        const string Check = "backup";
        if (backup is null)
        {
            return Finding.Warning(
                Check, "Nobody looks after backups: let BACKUP_FOLDER name the folder that they are written to. docs/runbook.md says how " +
                "they are made.");
        }
        if (backup.NewestAt is not { } newest) return Finding.Fault(
            Check, $"There is no backup in {backup.Folder}. Make one with pg_dump, and have one made every night.");
        var told = string.Create(
            CultureInfo.InvariantCulture, $"The newest backup in {backup.Folder} is {(now - newest).TotalHours:0.#} h old");
        return NoticeRules.IsBackupOverdue(newest, backup.MostAge, now)
            ? Finding.Fault(
                Check, $"{told}, more than the {backup.MostAge.TotalHours:0} h of BACKUP_HOURS. Look at the job that makes them.")
            : Finding.Ok(Check, $"{told}.");
    }

    /// <param name="shown">Null where there is no TLS.</param>
    public static Finding JudgeCertificate(CertificateState? shown, DateTimeOffset now)
    {
        const string Check = "certificate";
        if (shown is null) return Finding.Ok(Check, "The server answers without TLS itself.");
        var state = shown.NotAfter < now ? "ended" : "is good until";
        var told = string.Create(
            CultureInfo.InvariantCulture, $"The certificate of {shown.Name}, by {shown.Issuer}, {state} {shown.NotAfter:yyyy-MM-dd}");
        if (shown.NotAfter < now || shown.NotBefore > now)
            return Finding.Fault(Check, $"{told}: callers refuse it. Renew it and restart the server.");
        return NoticeRules.IsCertificateEnding(shown.NotBefore, shown.NotAfter, now)
            ? Finding.Warning(Check, $"{told}. Renew it and restart the server before.")
            : Finding.Ok(Check, $"{told}.");
    }

    /// <param name="isDatabaseNamed">Otherwise it is not looked at.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(bool isDatabaseNamed, CancellationToken ct) =>
        [.. await ExamineDatabaseAsync(isDatabaseNamed, ct), .. await ExamineRedisAsync()];

    private async Task<IReadOnlyList<Finding>> ExamineDatabaseAsync(bool isDatabaseNamed, CancellationToken ct)
    {
        var found = new List<Finding>();
        if (!isDatabaseNamed) return [.. await ExamineKeysAsync(isDatabaseHere: false, ct)];
        try
        {
            await _preparation.ConnectAsync(ct);
            found.Add(Finding.Ok(Database, await ReadAsync(Greet, ct)));
            found.Add(await ExaminePostGisAsync(ct));
            found.AddRange(await ExamineSchemaAsync(ct));
            found.Add(JudgeClock("the database's", await _clock.AheadAsync(ct)));
            found.AddRange(await ExamineKeysAsync(isDatabaseHere: true, ct));
        }
        catch (DatabaseStartupException e)
        {
            found.Add(Finding.Fault(Database, e.Message));
            found.AddRange(await ExamineKeysAsync(isDatabaseHere: false, ct));
        }
        return found;
    }

    private async Task<Finding> ExaminePostGisAsync(CancellationToken ct)
    {
        const string Find =
            """
            SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'postgis'),
                            (SELECT 'possible' FROM pg_available_extensions WHERE name = 'postgis'), 'missing')
            """;
        return await ReadAsync(Find, ct) switch
        {
            "missing" => Finding.Fault(
                Database, "PostGIS is not installed on the database's machine. On Debian: apt-get install postgresql-15-postgis-3."),
            "possible" => Finding.Fault(
                Database, "PostGIS is not part of the database. Let a superuser run CREATE EXTENSION postgis in it once."),
            var version => Finding.Ok(Database, $"PostGIS is here: version {version}."),
        };
    }

    private async Task<IEnumerable<Finding>> ExamineSchemaAsync(CancellationToken ct)
    {
        var missing = await _migrator.CountMissingAsync(Migration.Embedded(), ct);
        if (missing is null) return [Finding.Warning(Database, "The database is empty; the server sets it up when it starts.")];
        var schema = missing == 0
            ? Finding.Ok(Database, "Every migration is applied.")
            : Finding.Warning(Database, string.Create(CultureInfo.InvariantCulture,
                $"{missing} migrations wait; the server applies them when it starts."));
        var role = await _role.MayAlterAuditAsync(ct)
            ? Finding.Warning(Database, ServerRole.AlterAuditWarning)
            : Finding.Ok(Database, "The server's role may not alter the audit log.");
        return [schema, role];
    }

    private async Task<IEnumerable<Finding>> ExamineKeysAsync(bool isDatabaseHere, CancellationToken ct)
    {
        try
        {
            var found = new List<Finding> { _source.Examine() };
            if (isDatabaseHere && await ReadAsync("SELECT coalesce(to_regclass('storage_keys')::text, '')", ct) is { Length: > 0 })
            {
                found.Add(await _register().FindFaultAsync(ct) is { } fault
                    ? Finding.Fault(Keys, fault.Message)
                    : Finding.Ok(Keys, "They open what the database holds."));
            }
            return found;
        }
        catch (StartupException e)
        {
            return [Finding.Fault(Keys, e.Message)];
        }
    }

    /// <returns>Nothing where live events go over PostgreSQL.</returns>
    private async Task<IEnumerable<Finding>> ExamineRedisAsync()
    {
        const string Check = "redis";
        if (_broadcast.Redis is not { } url || BroadcastOptions.Parse(url) is not { } address) return [];
        var where = address.EndPoints[0] is DnsEndPoint named ? $"{named.Host}:{named.Port}" : $"{address.EndPoints[0]}";
        await using var redis = await ConnectionMultiplexer.ConnectAsync(address);
        try
        {
            await redis.GetDatabase().PingAsync();
            return [Finding.Ok(Check, $"Redis at {where} answers.")];
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return [
                Finding.Fault(
                    Check, $"Redis at {where} does not answer, or refuses the password: live events stay in the process that they come " +
                    "from. Start it there, or correct REDIS_URL."),
            ];
        }
    }

    private async Task<string> ReadAsync(string sql, CancellationToken ct)
    {
        await using var read = _database.CreateCommand(sql);
        return (string)(await read.ExecuteScalarAsync(ct))!;
    }
}
