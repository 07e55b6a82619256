using System.Data;
using System.Globalization;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Enrollment;

/// <summary>
/// Keeps the stored templates under the current key: seals at the start what an earlier version stored plainly, and re-encrypts under a new
/// key while serving, the server's own secrets too. What the gallery holds in memory does not change by it. Thread-safe; any number of
/// processes do this side by side.
/// </summary>
internal sealed partial class TemplateKeyRotator(
    NpgsqlDataSource database, OwnerDatabase owner, StorageKeys keys, ServerSecrets secrets, AuditLog audit,
    ILogger<TemplateKeyRotator> log) : ITemplateKeys
{
    // 500 rows are sealed and written in some 20 ms, for which no enrolment notices that they are locked.
    private const int BatchRows = 500;

    // The ASCII codes of "SEAL": one process seals, the others wait for it.
    private const long SealLock = 0x5345414C;

    private const string IsSealed = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'templates'::regclass AND attname = 'key_id'";
    private const string Seal = "ALTER TABLE templates ALTER COLUMN key_id SET NOT NULL";

    private const string ReadPlain =
        """
        SELECT school_id, id, student_id, contract, NULL, embedding FROM templates
        WHERE (school_id, id) > ($1, $2) AND key_id IS NULL ORDER BY school_id, id LIMIT $3 FOR UPDATE
        """;

    private const string CountByKey =
        """
        SELECT key_id, count(*) FROM (
            SELECT key_id FROM templates WHERE school_id = $1 UNION ALL SELECT key_id FROM sighting_faces WHERE school_id = $1) AS faces
        GROUP BY key_id
        """;

    private static readonly Table Templates = new("templates", TemplateSeal.Template);
    private static readonly Table Sightings = new("sighting_faces", SightingFaces.Purpose);

    private const string CountSecretsByKey = "SELECT key_id, count(*) FROM server_secrets GROUP BY key_id";

    public async Task<TemplateKeyState> GetAsync(SchoolId school, CancellationToken ct)
    {
        var rows = await CountAsync(CountByKey, ct, school.Value);
        var kept = await CountAsync(CountSecretsByKey, ct);
        var ids = keys.Ids.Concat(rows.Keys).Concat(kept.Keys).Distinct().Order(StringComparer.Ordinal);
        return new(keys.CurrentId,
            [.. ids.Select(id => new TemplateKeyUse(id, rows.GetValueOrDefault(id), kept.GetValueOrDefault(id), keys.Knows(id)))]);
    }

    public async Task<int> RotateAsync(SchoolId school, int most, CancellationToken ct)
    {
        var kept = await secrets.ResealAsync(ct);
        var rows = 0;
        foreach (var table in new[] { Templates, Sightings })
        {
            var after = Guid.Empty;
            while (rows < most && await ResealAsync(table, table.ReadOlder, school.Value, after, ct) is { } batch)
            {
                rows += batch.Sealed;
                after = batch.LastId;
            }
        }
        var rotated = kept + rows;
        if (rotated > 0)
        {
            await audit.AppendAsync(
                new(school, AuditActions.TemplatesRotated, keys.CurrentId, new Dictionary<string, object?> { ["rows"] = rotated }),
                CancellationToken.None);
        }
        return rotated;
    }

    /// <summary>Before anything is read, and after the keys were checked.</summary>
    public async Task SealPlainRowsAsync(CancellationToken ct)
    {
        if (await IsSealedAsync(ct)) return;
        await using var one = await owner.Source.OpenConnectionAsync(ct);
        await ExecuteAsync(one, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({SealLock})"), ct);
        try
        {
            if (await IsSealedAsync(ct)) return;
            var rows = 0L;
            var (school, after) = (Guid.Empty, Guid.Empty);
            while (await ResealAsync(Templates, ReadPlain, school, after, ct) is { } batch)
            {
                rows += batch.Sealed;
                (school, after) = (batch.LastSchool, batch.LastId);
            }
            await ExecuteAsync(one, Seal, ct);
            if (rows > 0) Log.Sealed(log, rows, keys.CurrentId);
        }
        finally
        {
            // A broken connection has no lock to give back, and must not hide what broke it.
            if (one.State == ConnectionState.Open)
            {
                await ExecuteAsync(
                    one, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({SealLock})"), CancellationToken.None);
            }
        }
    }

    private async Task<Dictionary<string, long>> CountAsync(string sql, CancellationToken ct, params object[] values)
    {
        var counted = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var count = database.CreateCommand(sql);
        foreach (var value in values) count.Parameters.AddWithValue(value);
        await using var reader = await count.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) counted.Add(reader.GetString(0), reader.GetInt64(1));
        return counted;
    }

    private async Task<bool> IsSealedAsync(CancellationToken ct)
    {
        await using var ask = database.CreateCommand(IsSealed);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }

    /// <returns>Null when there was nothing left to read.</returns>
    private async Task<Batch?> ResealAsync(Table table, string read, Guid school, Guid after, CancellationToken ct)
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
            if (read == table.ReadOlder) command.Parameters.Add(new() { Value = keys.CurrentId });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                rows.Add(new(
                    new(reader.GetGuid(0)), new(reader.GetGuid(1)), new(reader.GetString(2)), new(reader.GetString(3)),
                    reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetFieldValue<byte[]>(5)));
            }
        }
        if (rows.Count == 0) return null;

        var (schools, ids, embeddings) = Reseal(table, rows);
        if (ids.Count > 0)
        {
            await using var write = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    StorageKeyRegister.Announce(keys),
                    new(table.Write)
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

    private (List<Guid> Schools, List<Guid> Ids, List<byte[]> Embeddings) Reseal(Table table, List<StoredTemplate> rows)
    {
        var (schools, ids, embeddings) = (new List<Guid>(), new List<Guid>(), new List<byte[]>());
        using var cipher = keys.OpenCipher();
        foreach (var row in rows)
        {
            var seal = new TemplateSeal(cipher, row.School, table.Purpose);
            ReadOnlySpan<byte> plain = row.Embedding;
            if (row.KeyId is { } key
                && seal.OpenBytes(row.Id.Value, row.Student, row.Contract, key, row.Embedding, out plain) is not Opening.Opened and var why)
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

    /// <summary>Where embeddings lie, sealed for one purpose.</summary>
    private sealed record Table(string Name, string Purpose)
    {
        public string ReadOlder { get; } =
            $"""
            SELECT school_id, id, student_id, contract, key_id, embedding FROM {Name}
            WHERE school_id = $1 AND id > $2 AND key_id <> $4 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
            """;

        public string Write { get; } =
            $"""
            UPDATE {Name} AS t SET key_id = $1, embedding = w.embedding
            FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS w (school_id, id, embedding)
            WHERE t.school_id = w.school_id AND t.id = w.id
            """;
    }

    private sealed record Batch(int Sealed, Guid LastSchool, Guid LastId);

    private sealed record StoredTemplate(
        SchoolId School, TemplateId Id, StudentId Student, EmbeddingContractId Contract, string? KeyId, byte[] Embedding)
    {
        public override string ToString() => $"StoredTemplate({Id.Value})";
    }

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Information,
            "Encrypted {Count} face templates that an earlier version had stored plainly, with the key '{Key}'.")]
        public static partial void Sealed(ILogger log, long count, string key);

        [LoggerMessage(1702, LogLevel.Error,
            "Template {Template} of school {School} was not re-encrypted: it does not open with the key '{Key}' ({Why}).")]
        public static partial void LeftAsItIs(ILogger log, Guid template, Guid school, string key, Opening why);
    }
}
