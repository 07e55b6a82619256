using System.Data;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>The audit log in PostgreSQL. A trigger there chains each row; here the chain is recomputed. Thread-safe.</summary>
internal sealed class AuditLog(NpgsqlDataSource database, ICaller caller) : IAuditLog
{
    private const string Insert = "INSERT INTO audit (school_id, id, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5, $6)";

    private const string InsertWithWords =
        $"WITH words AS (INSERT INTO audit_words (school_id, id, student_id, other_id, salt, words) VALUES ($1, $2, $7, $8, $9, " +
        $"$10)) {Insert}";

    /// <summary>An entry's details with their words, where a is the entry.</summary>
    internal const string Details =
        "audit_details(a.details, (SELECT w.words FROM audit_words AS w WHERE w.school_id = a.school_id AND w.id = a.id))";

    // Accounts that an older version named stand by their names.
    private const string List =
        $"""
        SELECT a.seq, a.at, caller_name($1, a.actor), a.action, caller_name($1, a.subject), {Details}::text FROM audit AS a
        WHERE a.school_id = $1 AND ($2 IS NULL OR a.at >= $2) AND ($3 IS NULL OR a.at < $3) AND ($4 IS NULL OR a.actor IN ($4, caller_id($1,
            $4)))
          AND ($5 IS NULL OR a.action = $5) AND ($6 IS NULL OR a.subject IN ($6, caller_id($1, $6))) AND ($7 IS NULL OR a.seq < $7)
        ORDER BY a.seq DESC LIMIT $8
        """;

    // Words may be missing once one of those whom they were about is erased.
    private const string ReadErasures =
        $"SELECT subject, max(seq) FROM audit WHERE school_id = $1 AND action = '{AuditActions.StudentRemoved}' GROUP BY subject";

    private const string ReadHead = "SELECT length, hash FROM audit_heads WHERE school_id = $1";

    // The text is written out rather than taken from the function of the same make, which whoever changes rows could change too.
    private const string ReadChain =
        """
        SELECT seq, hash, jsonb_build_array(
            school_id, seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), id, actor, action, subject, details)::text,
            details #>> '{withheld,sha256}', ARRAY(SELECT jsonb_array_elements_text(details #> '{withheld,of}')), w.salt, w.words
        FROM audit LEFT JOIN audit_words AS w USING (school_id, id) WHERE school_id = $1 ORDER BY seq
        """;

    private const int MaxNameLength = 200;
    private const int SaltBytes = 16;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The entry in the present caller's name, for the transaction of what it tells of: the last that the transaction
    /// locks.</summary>
    public NpgsqlBatchCommand EntryOf(AuditEntry entry)
    {
        var details = new Dictionary<string, object?>(entry.Details ?? new Dictionary<string, object?>());
        var (salt, text) = (RandomNumberGenerator.GetBytes(SaltBytes), "");
        if (entry.Words is { } words)
        {
            text = JsonSerializer.Serialize(words.Fields, Plain);
            details["withheld"] = new Dictionary<string, object>
            {
                ["fields"] = words.Fields.Keys,
                ["of"] = words.Other is { } o ? (string[])[words.Student.Value, o.Value] : [words.Student.Value],
                ["sha256"] = Convert.ToHexStringLower(HashOf(salt, text)),
            };
        }
        var command = new NpgsqlBatchCommand(entry.Words is null ? Insert : InsertWithWords)
        {
            Parameters =
            {
                new() { Value = entry.School.Value },
                new() { Value = Guid.CreateVersion7() },
                new() { Value = Shortened(caller.Name) },
                new() { Value = entry.Action },
                new() { Value = Shortened(entry.Subject) },
                new() { Value = JsonSerializer.Serialize(details, Plain), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        if (entry.Words is not { } about) return command;
        command.Parameters.Add(new() { Value = about.Student.Value });
        command.Parameters.Add(new() { Value = (object?)about.Other?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = salt });
        command.Parameters.Add(new() { Value = text });
        return command;
    }

    /// <summary>Runs one statement and, where it changed something, writes the entry, in one transaction.</summary>
    /// <returns>Whether it changed something.</returns>
    public async Task<bool> WithEntryAsync(NpgsqlCommand change, AuditEntry entry, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        change.Connection = connection;
        if (await change.ExecuteNonQueryAsync(ct) == 0) return false;
        await using var tell = new NpgsqlBatch(connection) { BatchCommands = { EntryOf(entry) } };
        await tell.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    public async Task AppendAsync(AuditEntry entry, CancellationToken ct)
    {
        await using var append = database.CreateBatch();
        append.BatchCommands.Add(EntryOf(entry));
        await append.ExecuteNonQueryAsync(ct);
    }

    public async Task<IReadOnlyList<AuditRecord>> ListAsync(SchoolId school, AuditFilter filter, int limit, CancellationToken ct)
    {
        await using var list = database.CreateCommand(List);
        list.Parameters.AddWithValue(school.Value);
        list.Parameters.Add(
            new() { Value = (object?)filter.From?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        list.Parameters.Add(
            new() { Value = (object?)filter.To?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        list.Parameters.Add(new() { Value = (object?)filter.Actor ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        list.Parameters.Add(new() { Value = (object?)filter.Action ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        list.Parameters.Add(new() { Value = (object?)filter.Subject ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        list.Parameters.Add(new() { Value = (object?)filter.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        list.Parameters.AddWithValue(limit);
        var found = new List<AuditRecord>();
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add(new(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                reader.GetString(5)));
        }
        return found;
    }

    public async Task<AuditVerdict> VerifyAsync(SchoolId school, AuditHead? noted, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var (length, hash) = await ReadHeadAsync(connection, school, ct);
        var head = new AuditHead(length, Convert.ToHexStringLower(hash));
        var erased = await ReadErasuresAsync(connection, school, ct);

        await using var read = new NpgsqlCommand(ReadChain, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = school.Value } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        byte[] last = [];
        var number = 0L;
        var isAsNoted = noted is not { Length: > 0 };
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (await reader.ReadAsync(ct))
        {
            number++;
            if (reader.GetInt64(0) != number) return new(head, AuditFault.Missing, number);
            sha.AppendData(last);
            sha.AppendData(Encoding.UTF8.GetBytes(reader.GetString(2)));
            last = sha.GetHashAndReset();
            if (!last.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(1))) return new(head, AuditFault.Changed, number);
            if (!reader.IsDBNull(3) && !IsWhole(reader, number, erased)) return new(head, AuditFault.Changed, number);
            if (number == noted?.Length) isAsNoted = Convert.ToHexStringLower(last) == noted.Hash;
        }
        if (number < length) return new(head, AuditFault.Missing, number + 1);
        if (number > length || !last.AsSpan().SequenceEqual(hash)) return new(head, AuditFault.Changed, number);
        if (noted?.Length > number) return new(head, AuditFault.Missing, number + 1);
        return isAsNoted ? new(head, null, null) : new(head, AuditFault.NotAsNoted, noted!.Length);
    }

    private static async Task<(long Length, byte[] Hash)> ReadHeadAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand(ReadHead, connection) { Parameters = { new() { Value = school.Value } } };
        await using var reader = await read.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : (0, []);
    }

    private static async Task<Dictionary<string, long>> ReadErasuresAsync(
        NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        var erased = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var read = new NpgsqlCommand(ReadErasures, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = school.Value } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) erased.Add(reader.GetString(0), reader.GetInt64(1));
        return erased;
    }

    /// <summary>Whether an entry's words are those it was written with, or are gone with a student who was erased later.</summary>
    private static bool IsWhole(NpgsqlDataReader reader, long number, Dictionary<string, long> erased) => reader.IsDBNull(6)
        ? reader.GetFieldValue<string[]>(4).Any(student => erased.TryGetValue(student, out var at) && at > number)
        : Convert.ToHexStringLower(HashOf(reader.GetFieldValue<byte[]>(5), reader.GetString(6))) == reader.GetString(3);

    private static byte[] HashOf(byte[] salt, string words) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(words)]);

    private static string Shortened(string name) => name.Length <= MaxNameLength ? name : name[..MaxNameLength];
}
