using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Security;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>
/// Keeps the stored templates under the current key: checks the keys at the start, seals what an earlier version stored plainly, and re-encrypts
/// under a new key while serving. What the gallery holds in memory does not change by it. Thread-safe; any number of processes do this side by side.
/// </summary>
internal sealed partial class TemplateKeeper(NpgsqlDataSource database, StorageKeys keys, AuditLog audit, ILogger<TemplateKeeper> log) : ITemplateKeys
{
    // 500 rows are sealed and written in some 20 ms, for which no enrolment notices that they are locked.
    private const int BatchRows = 500;

    // The ASCII codes of "SEAL": one process seals, the others wait for it.
    private const long SealLock = 0x5345414C;

    private const string ReadKeys = "SELECT id, check_value FROM storage_keys ORDER BY id";
    private const string IsUsed = "SELECT EXISTS (SELECT 1 FROM templates WHERE key_id = $1)";
    private const string ForgetKey = "DELETE FROM storage_keys AS k WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM templates WHERE key_id = k.id)";
    private const string IsSealed = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'templates'::regclass AND attname = 'key_id'";
    private const string Seal = "ALTER TABLE templates ALTER COLUMN key_id SET NOT NULL";

    private const string ReadPlain =
        """
        SELECT school_id, id, student_id, contract, NULL, embedding FROM templates
        WHERE (school_id, id) > ($1, $2) AND key_id IS NULL ORDER BY school_id, id LIMIT $3 FOR UPDATE
        """;

    private const string ReadOlder =
        """
        SELECT school_id, id, student_id, contract, key_id, embedding FROM templates
        WHERE school_id = $1 AND id > $2 AND key_id <> $4 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
        """;

    private const string Write =
        """
        UPDATE templates AS t SET key_id = $1, embedding = w.embedding FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS w (school_id, id, embedding)
        WHERE t.school_id = w.school_id AND t.id = w.id
        """;

    private const string CountByKey = "SELECT key_id, count(*) FROM templates WHERE school_id = $1 GROUP BY key_id ORDER BY key_id";

    private static readonly byte[] CheckText = "faceattendance/storage-key/1"u8.ToArray();

    /// <summary>For the transaction that writes a row under the current key.</summary>
    public static NpgsqlBatchCommand Announce(StorageKeys keys)
    {
        using var cipher = keys.OpenCipher();
        return new("INSERT INTO storage_keys (id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        {
            Parameters = { new() { Value = keys.CurrentId }, new() { Value = cipher.Seal(CheckText, Encoding.ASCII.GetBytes(keys.CurrentId)) } },
        };
    }

    /// <summary>Before anything is read: every row can be opened under the keys that this server was given, and none is plain.</summary>
    /// <exception cref="StartupException">A key is missing, or is another one than before; the message names it.</exception>
    public async Task PrepareAsync(CancellationToken ct)
    {
        await CheckKeysAsync(ct);
        await using (var batch = database.CreateBatch())
        {
            batch.BatchCommands.Add(Announce(keys));
            await batch.ExecuteNonQueryAsync(ct);
        }
        await SealPlainRowsAsync(ct);
    }

    public async Task<TemplateKeyState> GetAsync(SchoolId school, CancellationToken ct)
    {
        var counted = keys.Ids.ToDictionary(id => id, _ => 0L, StringComparer.Ordinal);
        await using var count = database.CreateCommand(CountByKey);
        count.Parameters.AddWithValue(school.Value);
        await using var reader = await count.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) counted[reader.GetString(0)] = reader.GetInt64(1);
        return new(keys.CurrentId, [.. counted.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => new TemplateKeyUse(k.Key, k.Value, keys.Knows(k.Key)))]);
    }

    public async Task<int> RotateAsync(SchoolId school, int most, CancellationToken ct)
    {
        var rotated = 0;
        var after = Guid.Empty;
        while (rotated < most && await ResealAsync(ReadOlder, school.Value, after, ct) is { } batch)
        {
            rotated += batch.Sealed;
            after = batch.LastId;
        }
        if (rotated > 0)
        {
            await audit.AppendAsync(
                new(school, AuditActions.TemplatesRotated, keys.CurrentId, new Dictionary<string, object?> { ["rows"] = rotated }), CancellationToken.None);
        }
        return rotated;
    }

    private async Task CheckKeysAsync(CancellationToken ct)
    {
        var known = new List<(string Id, byte[] Check)>();
        await using (var read = database.CreateCommand(ReadKeys))
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) known.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }
        using var cipher = keys.OpenCipher();
        var plain = new byte[CheckText.Length];
        foreach (var (id, check) in known)
        {
            if (!keys.Knows(id))
            {
                if (!await IsUsedAsync(id, ct)) continue;
                throw new StartupException(
                    $"Face templates are encrypted with the key '{id}', which this server was not given (it has {string.Join(", ", keys.Ids.Select(k => $"'{k}'"))}). " +
                    "Put that key back into the file that TEMPLATE_KEY_FILE names, or into TEMPLATE_KEYS; it may go when 'faceattendance templates rotate-key' has said that no row needs it.");
            }
            var fits = check.Length == StorageCipher.Overhead + CheckText.Length
                && cipher.Open(id, check, Encoding.ASCII.GetBytes(id), plain) == Opening.Opened && CryptographicOperations.FixedTimeEquals(plain, CheckText);
            if (!fits)
            {
                throw new StartupException(
                    $"The key '{id}' is not the one that this database was encrypted with, though it bears the same name. Put the right one back into the file that TEMPLATE_KEY_FILE names, or into TEMPLATE_KEYS.");
            }
        }
    }

    /// <summary>Whether a row needs the key; one that none needs is forgotten, so that it is not asked for again.</summary>
    private async Task<bool> IsUsedAsync(string key, CancellationToken ct)
    {
        await using (var ask = database.CreateCommand(IsUsed))
        {
            ask.CommandTimeout = 0;
            ask.Parameters.AddWithValue(key);
            if ((bool)(await ask.ExecuteScalarAsync(ct))!) return true;
        }
        await using var forget = database.CreateCommand(ForgetKey);
        forget.CommandTimeout = 0;
        forget.Parameters.AddWithValue(key);
        await forget.ExecuteNonQueryAsync(ct);
        return false;
    }

    private async Task SealPlainRowsAsync(CancellationToken ct)
    {
        if (await IsSealedAsync(ct)) return;
        await using var one = await database.OpenConnectionAsync(ct);
        await ExecuteAsync(one, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({SealLock})"), ct);
        try
        {
            if (await IsSealedAsync(ct)) return;
            var rows = 0L;
            var (school, after) = (Guid.Empty, Guid.Empty);
            while (await ResealAsync(ReadPlain, school, after, ct) is { } batch)
            {
                rows += batch.Sealed;
                (school, after) = (batch.LastSchool, batch.LastId);
            }
            await ExecuteAsync(one, Seal, ct);
            if (rows > 0) Log.Sealed(log, rows, keys.CurrentId);
        }
        finally
        {
            await ExecuteAsync(one, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({SealLock})"), CancellationToken.None);
        }
    }

    private async Task<bool> IsSealedAsync(CancellationToken ct)
    {
        await using var ask = database.CreateCommand(IsSealed);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }

    /// <returns>Null when there was nothing left to read.</returns>
    private async Task<Batch?> ResealAsync(string read, Guid school, Guid after, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = new List<StoredTemplate>();
        await using (var command = new NpgsqlCommand(read, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = school }, new() { Value = after }, new() { Value = BatchRows } },
        })
        {
            if (read == ReadOlder) command.Parameters.Add(new() { Value = keys.CurrentId });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                rows.Add(new(
                    new(reader.GetGuid(0)), new(reader.GetGuid(1)), new(reader.GetString(2)), new(reader.GetString(3)),
                    reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetFieldValue<byte[]>(5)));
            }
        }
        if (rows.Count == 0) return null;

        var (schools, ids, embeddings) = Reseal(rows);
        if (ids.Count > 0)
        {
            await using var write = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    Announce(keys),
                    new(Write)
                    {
                        Parameters =
                        {
                            new() { Value = keys.CurrentId }, new() { Value = schools }, new() { Value = ids },
                            new() { Value = embeddings, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                        },
                    },
                },
            };
            await write.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        return new(ids.Count, rows[^1].School.Value, rows[^1].Id.Value);
    }

    private (List<Guid> Schools, List<Guid> Ids, List<byte[]> Embeddings) Reseal(List<StoredTemplate> rows)
    {
        var (schools, ids, embeddings) = (new List<Guid>(), new List<Guid>(), new List<byte[]>());
        using var cipher = keys.OpenCipher();
        foreach (var row in rows)
        {
            var seal = new TemplateSeal(cipher, row.School);
            ReadOnlySpan<byte> plain = row.Embedding;
            if (row.KeyId is { } key && seal.OpenBytes(row.Id.Value, row.Student, row.Contract, key, row.Embedding, out plain) is not Opening.Opened and var why)
            {
                Log.LeftAsItIs(log, row.Id.Value, row.School.Value, key, why);
                continue;
            }
            schools.Add(row.School.Value);
            ids.Add(row.Id.Value);
            embeddings.Add(seal.SealBytes(row.Id.Value, row.Student, row.Contract, plain));
        }
        return (schools, ids, embeddings);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Batch(int Sealed, Guid LastSchool, Guid LastId);

    private sealed record StoredTemplate(SchoolId School, TemplateId Id, StudentId Student, EmbeddingContractId Contract, string? KeyId, byte[] Embedding)
    {
        public override string ToString() => $"StoredTemplate({Id.Value})";
    }

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Information, "Encrypted {Count} face templates that an earlier version had stored plainly, with the key '{Key}'.")]
        public static partial void Sealed(ILogger log, long count, string key);

        [LoggerMessage(1702, LogLevel.Error, "Template {Template} of school {School} was not re-encrypted: it does not open with the key '{Key}' ({Why}).")]
        public static partial void LeftAsItIs(ILogger log, Guid template, Guid school, string key, Opening why);
    }
}
