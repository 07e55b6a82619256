using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>Keys in PostgreSQL. Thread-safe.</summary>
internal sealed class ApiKeyStore(NpgsqlDataSource database, ApiKeyCache cache, AuditLog audit) : IApiKeys, IDevices
{
    private const string Columns =
        "id, name, scopes, device_id, caller_name($1, created_by), created_at, expires_at, last_used_at, last_heartbeat_at, " +
        "previous_until, revoked_at";

    private const string Insert =
        """
        INSERT INTO api_keys (school_id, id, name, secret_sha256, scopes, device_id, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (school_id, device_id) WHERE device_id IS NOT NULL AND revoked_at IS NULL DO NOTHING
        """;

    private const string Count = "SELECT count(*)::int FROM api_keys WHERE school_id = $1 AND (device_id IS NOT NULL) = $2";

    private const string List =
        $"SELECT {Columns} FROM api_keys WHERE school_id = $1 AND (device_id IS NOT NULL) = $2 ORDER BY created_at DESC, id DESC LIMIT " +
        "$3 OFFSET $4";

    // Of two rotations at once the later one wins, and the secret that it replaces is the other's.
    private const string Rotate =
        $"""
        UPDATE api_keys SET previous_sha256 = secret_sha256, previous_until = $4, secret_sha256 = $3
        WHERE school_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING {Columns}
        """;

    // One that was revoked already stays as it was, and its removal succeeds again.
    private const string Revoke =
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE school_id = $1 AND id = $2";

    private const string RemoveDevice =
        "UPDATE api_keys SET revoked_at = clock_timestamp() WHERE school_id = $1 AND device_id = $2 AND revoked_at IS NULL RETURNING id";

    private const string FindDevice = "SELECT 1 FROM api_keys WHERE school_id = $1 AND device_id = $2 AND revoked_at IS NULL";

    private const string Beat = "UPDATE api_keys SET last_heartbeat_at = $3 WHERE school_id = $1 AND device_id = $2 AND revoked_at IS NULL";

    private const string TakeFirst = "UPDATE schools SET first_key_at = clock_timestamp() WHERE id = $1 AND first_key_at IS NULL";

    private const string InsertSchool =
        "INSERT INTO schools (id, name, code, first_key_at) VALUES ($1, $2, school_code($1, $2), clock_timestamp()) RETURNING code";

    private const string CanAnybodyCall =
        """
        SELECT EXISTS (SELECT 1 FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()))
            OR EXISTS (SELECT 1 FROM users WHERE disabled_at IS NULL)
        """;

    public async Task<bool> AddAsync(SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await InsertAsync(connection, school, key, secretSha256, ct)) return false;
        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task<(IReadOnlyList<ApiKey> Items, int Total)> ListAsync(
        SchoolId school, ApiKeyKind kind, int limit, int offset, CancellationToken ct)
    {
        var isDevice = kind == ApiKeyKind.Device;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Count) { Parameters = { new() { Value = school.Value }, new() { Value = isDevice } } });
        batch.BatchCommands.Add(new(List)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = isDevice }, new() { Value = limit }, new() { Value = offset } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = reader.GetInt32(0);
        await reader.NextResultAsync(ct);
        var keys = new List<ApiKey>();
        while (await reader.ReadAsync(ct)) keys.Add(Read(reader));
        return (keys, total);
    }

    public async Task<ApiKey?> RotateAsync(
        SchoolId school, ApiKeyId id, byte[] secretSha256, DateTimeOffset previousUntil, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        ApiKey rotated;
        await using (var rotate = Command(connection, Rotate, school.Value, id.Value, secretSha256, previousUntil.ToUniversalTime()))
        await using (var reader = await rotate.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct)) return null;
            rotated = Read(reader);
        }
        await TellAsync(connection, school, id, AuditActions.KeyRotated, ct);
        await transaction.CommitAsync(ct);
        cache.Forget(school, id);
        return rotated;
    }

    public async Task<bool> RevokeAsync(SchoolId school, ApiKeyId id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var revoke = Command(connection, Revoke, school.Value, id.Value))
        {
            if (await revoke.ExecuteNonQueryAsync(ct) == 0) return false;
        }
        await TellAsync(connection, school, id, AuditActions.KeyRevoked, ct);
        await transaction.CommitAsync(ct);
        cache.Forget(school, id);
        return true;
    }

    public async Task<bool> RemoveAsync(SchoolId school, DeviceId device, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var remove = Command(connection, RemoveDevice, school.Value, device.Value);
        if (await remove.ExecuteScalarAsync(ct) is not Guid id) return false;
        await TellAsync(connection, school, new(id), AuditActions.KeyRevoked, ct);
        await transaction.CommitAsync(ct);
        cache.Forget(school, new(id));
        return true;
    }

    public async Task<bool> IsThereAsync(SchoolId school, DeviceId device, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var find = Command(connection, FindDevice, school.Value, device.Value);
        return await find.ExecuteScalarAsync(ct) is not null;
    }

    public async Task<bool> BeatAsync(SchoolId school, DeviceId device, DateTimeOffset at, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var beat = Command(connection, Beat, school.Value, device.Value, at.ToUniversalTime());
        return await beat.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Stores the school's first key unless it has had one; of several processes that try, one succeeds.</summary>
    public async Task<bool> TryAddFirstAsync(SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var take = Command(connection, TakeFirst, school.Value))
        {
            if (await take.ExecuteNonQueryAsync(ct) == 0) return false;
        }
        await InsertAsync(connection, school, key, secretSha256, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Makes a school together with its first key.</summary>
    /// <returns>The school's code.</returns>
    public async Task<string> AddSchoolAsync(SchoolId school, string name, ApiKey key, byte[] secretSha256, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        string code;
        await using (var insert = Command(connection, InsertSchool, school.Value, name))
            code = (string)(await insert.ExecuteScalarAsync(ct))!;
        await InsertAsync(connection, school, key, secretSha256, ct);
        await transaction.CommitAsync(ct);
        return code;
    }

    /// <summary>Whether any school has a key that is good, or a user who may log in.</summary>
    public async Task<bool> AnyCredentialsAsync(CancellationToken ct)
    {
        await using var any = database.CreateCommand(CanAnybodyCall);
        return (bool)(await any.ExecuteScalarAsync(ct))!;
    }

    private async Task<bool> InsertAsync(
        NpgsqlConnection connection, SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct)
    {
        await using var insert = Command(
            connection, Insert, school.Value, key.Id.Value, key.Name, secretSha256, key.Scopes.ToArray(),
            (object?)key.Device?.Value ?? DBNull.Value,
            key.CreatedBy, key.CreatedAt.ToUniversalTime(), (object?)key.ExpiresAt?.ToUniversalTime() ?? DBNull.Value);
        if (await insert.ExecuteNonQueryAsync(ct) == 0) return false;
        await using var tell = new NpgsqlBatch(connection);
        tell.BatchCommands.Add(audit.EntryOf(new(school, AuditActions.KeyMade, SubjectOf(key.Id), new Dictionary<string, object?>
        {
            ["scopes"] = key.Scopes,
            ["device_id"] = key.Device?.Value,
        })));
        await tell.ExecuteNonQueryAsync(ct);
        return true;
    }

    private async Task TellAsync(NpgsqlConnection connection, SchoolId school, ApiKeyId id, string action, CancellationToken ct)
    {
        await using var tell = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT pg_notify($1, $2)")
                {
                    Parameters = { new() { Value = ApiKeyCache.Channel }, new() { Value = ApiKeyCache.Payload(school, id) } },
                },
                audit.EntryOf(new(school, action, SubjectOf(id))),
            },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }

    private static string SubjectOf(ApiKeyId id) => $"key:{id}";

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static ApiKey Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<string[]>(2), row.IsDBNull(3) ? null : new DeviceId(row.GetString(3)),
        row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), Instant(row, 6))
    {
        LastUsedAt = Instant(row, 7),
        LastHeartbeatAt = Instant(row, 8),
        PreviousUntil = Instant(row, 9),
        RevokedAt = Instant(row, 10),
    };

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
