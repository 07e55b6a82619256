using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Access;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>Sessions of browsers in PostgreSQL, whose clock decides. Thread-safe.</summary>
internal sealed class BrowserSessionStore(NpgsqlDataSource database) : IBrowserSessions
{
    // Far more than a school has screens that show one key.
    private const int MostOfOneKey = 200;

    private const string ForgetExpired = "DELETE FROM browser_sessions WHERE expires_at < clock_timestamp()";

    private const string Begin =
        """
        INSERT INTO browser_sessions (school_id, id, secret_sha256, log_in_id, key_id, key_sha256, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7) RETURNING expires_at
        """;

    private const string EndOldest =
        """
        DELETE FROM browser_sessions WHERE school_id = $1 AND id IN (
            SELECT id FROM browser_sessions WHERE school_id = $1 AND log_in_id IS NULL AND key_id IS NOT DISTINCT FROM $2
            ORDER BY id DESC OFFSET $3)
        """;

    // A user's is good as long as the account is what it was at the log-in.
    private const string Find =
        $"""
        SELECT {UserStore.AccountColumns}, s.log_in_id IS NULL, s.key_id, s.key_sha256, s.expires_at, s.expires_at < coalesce(l.ends_at, 'infinity')
        FROM browser_sessions AS s
        LEFT JOIN log_ins AS l ON l.school_id = s.school_id AND l.id = s.log_in_id
        LEFT JOIN users AS u ON u.school_id = l.school_id AND u.id = l.user_id AND u.stamp = l.stamp AND u.disabled_at IS NULL
        LEFT JOIN usernames AS n ON n.school_id = u.school_id AND n.user_id = u.id
        WHERE s.school_id = $1 AND s.id = $2 AND s.secret_sha256 = $3 AND s.expires_at > clock_timestamp()
          AND (s.log_in_id IS NULL OR u.id IS NOT NULL)
        """;

    // With the log-in, which is forgotten when it expires.
    private const string Extend =
        """
        WITH extended AS (
            UPDATE browser_sessions AS s SET expires_at = least(clock_timestamp() + $4, coalesce(
                (SELECT l.ends_at FROM log_ins AS l WHERE l.school_id = s.school_id AND l.id = s.log_in_id), 'infinity'))
            WHERE s.school_id = $1 AND s.id = $2 AND s.secret_sha256 = $3 AND s.expires_at > clock_timestamp()
            RETURNING s.log_in_id, s.expires_at),
        log_in AS (
            UPDATE log_ins AS l SET expires_at = e.expires_at FROM extended AS e WHERE l.school_id = $1 AND l.id = e.log_in_id)
        SELECT expires_at FROM extended
        """;

    private const string Shown = "school_id = $1 AND id = $2 AND secret_sha256 = $3";

    private const string EndLogIn =
        $"DELETE FROM log_ins WHERE school_id = $1 AND id = (SELECT log_in_id FROM browser_sessions WHERE {Shown})";

    private const string EndOne = $"DELETE FROM browser_sessions WHERE {Shown}";

    private const string EndAllOfUser =
        $"""
        DELETE FROM log_ins WHERE school_id = $1 AND user_id = (
            SELECT l.user_id FROM browser_sessions AS s JOIN log_ins AS l ON l.school_id = s.school_id AND l.id = s.log_in_id
            WHERE s.school_id = $1 AND s.id = $2 AND s.secret_sha256 = $3)
        """;

    private const string EndAllOfKey =
        $"""
        DELETE FROM browser_sessions AS o USING (SELECT key_id FROM browser_sessions WHERE {Shown} AND log_in_id IS NULL) AS s
        WHERE o.school_id = $1 AND o.log_in_id IS NULL AND o.key_id IS NOT DISTINCT FROM s.key_id
        """;

    public Task<DateTimeOffset> BeginAsync(SessionToken token, LogInId logIn, TimeSpan idle, CancellationToken ct) =>
        BeginAsync(token, logIn, key: null, idle, ct);

    public async Task<DateTimeOffset> BeginAsync(SessionToken token, SessionKey key, TimeSpan idle, CancellationToken ct)
    {
        var expiresAt = await BeginAsync(token, logIn: null, key, idle, ct);
        await using var end = database.CreateCommand(EndOldest);
        end.Parameters.Add(new() { Value = token.School.Value });
        end.Parameters.Add(OrNull(key.Id?.Value));
        end.Parameters.Add(new() { Value = MostOfOneKey });
        await end.ExecuteNonQueryAsync(ct);
        return expiresAt;
    }

    public async Task<BrowserSession?> FindAsync(SessionToken token, CancellationToken ct)
    {
        await using var find = CommandOf(Find, token);
        await using var row = await find.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        const int own = UserStore.AccountColumnCount;
        var isKeys = row.GetBoolean(own);
        var keyId = row.IsDBNull(own + 1) ? (ApiKeyId?)null : new ApiKeyId(row.GetGuid(own + 1));
        return new(
            isKeys ? null : UserStore.ReadAccount(row), isKeys ? new(keyId, row.GetFieldValue<byte[]>(own + 2)) : null,
            row.GetFieldValue<DateTimeOffset>(own + 3), row.GetBoolean(own + 4));
    }

    public async Task<DateTimeOffset?> ExtendAsync(SessionToken token, TimeSpan idle, CancellationToken ct)
    {
        await using var extend = CommandOf(Extend, token);
        extend.Parameters.Add(new() { Value = idle });
        return await extend.ExecuteScalarAsync(ct) is DateTime at ? new DateTimeOffset(at) : null;
    }

    public async Task EndAsync(SessionToken token, bool everywhere, CancellationToken ct)
    {
        // A user's goes with the log-in; a key's is left for the second.
        foreach (var sql in everywhere ? new[] { EndAllOfUser, EndAllOfKey } : [EndLogIn, EndOne])
        {
            await using var end = CommandOf(sql, token);
            await end.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task<DateTimeOffset> BeginAsync(
        SessionToken token, LogInId? logIn, SessionKey? key, TimeSpan idle, CancellationToken ct)
    {
        await using (var forget = database.CreateCommand(ForgetExpired)) await forget.ExecuteNonQueryAsync(ct);
        await using var begin = CommandOf(Begin, token);
        begin.Parameters.Add(OrNull(logIn?.Value));
        begin.Parameters.Add(OrNull(key?.Id?.Value));
        begin.Parameters.Add(new() { Value = (object?)key?.Sha256 ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        begin.Parameters.Add(new() { Value = idle });
        return new((DateTime)(await begin.ExecuteScalarAsync(ct))!);
    }

    private NpgsqlCommand CommandOf(string sql, SessionToken token)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = token.School.Value });
        command.Parameters.Add(new() { Value = token.Id });
        command.Parameters.Add(new() { Value = token.Sha256 });
        return command;
    }

    private static NpgsqlParameter OrNull(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
