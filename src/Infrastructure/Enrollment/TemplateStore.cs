using System.Numerics.Tensors;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Enrollment;

/// <summary>The stored templates in PostgreSQL. Thread-safe.</summary>
internal sealed class TemplateStore(
    NpgsqlDataSource database, InMemoryGallery gallery, StorageKeys keys, StorageKeyRegister register, ServerSecrets secrets,
    AuditLog audit, ICaller caller, IOptions<PrivacyOptions> privacy) : ITemplates
{
    // The update changes nothing that anybody reads; it locks the student against removal until the template stands.
    private const string EnsureStudent =
        """
        INSERT INTO students (school_id, id) VALUES ($1, $2)
        ON CONFLICT (school_id, id) DO UPDATE SET updated_at = clock_timestamp()
        """;

    private const string FindSamePhoto =
        "SELECT 1 FROM templates WHERE school_id = $1 AND student_id = $2 AND contract = $3 AND image_mac = $4";

    private const string ReadConsent = "SELECT consent FROM students WHERE school_id = $1 AND id = $2";

    private const string Insert =
        """
        INSERT INTO templates
            (school_id, id, student_id, contract, embedding, image_mac, enrolled_at, revision, key_id, enrolled_by, imported)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string List =
        """
        SELECT id, contract, enrolled_at, caller_name($1, enrolled_by), imported FROM templates WHERE school_id = $1 AND student_id = $2
        ORDER BY enrolled_at DESC, id DESC
        """;

    private const string Bury =
        """
        WITH gone AS (DELETE FROM templates WHERE school_id = $1 AND student_id = $2 AND id = $3 RETURNING id)
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, id, $4 FROM gone
        """;

    public async Task<Error?> FindObjectionAsync(SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await FindObjectionAsync(connection, school, student, ct);
    }

    public async Task<Result<bool>> AddAsync(
        NewTemplate template, Func<FaceNeighbours, Result<EnrollmentOverride>> judge, CancellationToken ct)
    {
        try
        {
            return await TryAddAsync(template, judge, ct);
        }
        catch (PostgresException e) when (e is
            { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "templates_key_id_fkey" })
        {
            // Announced when this process started. No row needed it, and a process without it forgot it; or the database is a backup now.
            await register.AnnounceAsync(ct);
            return await TryAddAsync(template, judge, ct);
        }
    }

    private async Task<Result<bool>> TryAddAsync(
        NewTemplate template, Func<FaceNeighbours, Result<EnrollmentOverride>> judge, CancellationToken ct)
    {
        var school = template.School;
        var opened = await gallery.OpenSchoolAsync(school, ct);
        if (opened.Error is { } notOpen) return notOpen;
        var near = opened.Value.NeighboursOf(template.Student, template.Embedding);
        var verdict = judge(near);
        if (!verdict.IsSuccess)
        {
            // What speaks against it may have been removed a moment ago, in another process.
            await gallery.SyncAsync(school, ct: ct);
            opened = await gallery.OpenSchoolAsync(school, ct);
            if (opened.Error is { } notOpenNow) return notOpenNow;
            near = opened.Value.NeighboursOf(template.Student, template.Embedding);
            verdict = judge(near);
            if (verdict.Error is { } refused) return refused;
        }
        long revision;
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            // Locks in the order of every other transaction: student, school, templates.
            if (await IsStoredAsync(connection, template, ct)) return false;
            // Asked once more now that the student is locked: a withdrawal may have come while the photo was looked at.
            if (await FindObjectionAsync(connection, school, template.Student, ct) is not null) return false;
            revision = await GalleryRevision.BumpAsync(connection, school, ct);
            // From here to the end nobody else stores a template of the school. What came since it was looked at may change the verdict.
            if (await JoinedByAsync(connection, template, near, opened.Value.Revision, ct) is { } joined)
            {
                verdict = judge(joined);
                if (verdict.Error is { } late) return late;
            }
            var id = TemplateId.New();
            await using (var insert = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    InsertOf(template, id, revision), GalleryRevision.Notify(school, revision), AuditOf(template, id, verdict.Value),
                },
            })
            {
                await insert.ExecuteNonQueryAsync(ct);
            }
            // From here on a caller who hangs up would not know what became of it.
            await transaction.CommitAsync(CancellationToken.None);
        }
        await gallery.SyncAsync(school, revision, CancellationToken.None);
        return true;
    }

    public async Task<bool> ContainsAsync(
        SchoolId school, StudentId student, EmbeddingContractId contract, ReadOnlyMemory<byte> imageDigest, CancellationToken ct)
    {
        await using var find = database.CreateCommand(FindSamePhoto);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(student.Value);
        find.Parameters.AddWithValue(contract.Value);
        find.Parameters.AddWithValue(MacOf(imageDigest));
        return await find.ExecuteScalarAsync(ct) is not null;
    }

    public async Task<IReadOnlyList<TemplateSummary>> ListAsync(SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var list = database.CreateCommand(List);
        list.Parameters.AddWithValue(school.Value);
        list.Parameters.AddWithValue(student.Value);
        var found = new List<TemplateSummary>();
        await using var rows = await list.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                new(rows.GetGuid(0)), student, new(rows.GetString(1)), rows.GetFieldValue<DateTimeOffset>(2),
                rows.IsDBNull(3) ? null : rows.GetString(3), rows.GetBoolean(4)));
        }
        return found;
    }

    public async Task<bool> RemoveAsync(SchoolId school, StudentId student, TemplateId template, CancellationToken ct)
    {
        long revision;
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            revision = await GalleryRevision.BumpForRemovalAsync(connection, school, ct);
            await using (var bury = new NpgsqlCommand(Bury, connection)
            {
                Parameters =
                {
                    new() { Value = school.Value }, new() { Value = student.Value }, new() { Value = template.Value },
                    new() { Value = revision },
                },
            })
            {
                // Leaving without a commit takes the revision back.
                if (await bury.ExecuteNonQueryAsync(ct) == 0) return false;
            }
            await using (var tell = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    GalleryRevision.Notify(school, revision),
                    audit.EntryOf(new(
                        school, AuditActions.TemplateRemoved, student.Value,
                        new Dictionary<string, object?> { ["template_id"] = template.Value })),
                },
            })
            {
                await tell.ExecuteNonQueryAsync(ct);
            }
            await transaction.CommitAsync(CancellationToken.None);
        }
        await gallery.SyncAsync(school, revision, CancellationToken.None);
        return true;
    }

    private async Task<Error?> FindObjectionAsync(NpgsqlConnection connection, SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand(ReadConsent, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = student.Value } },
        };
        return Words.Parse<ConsentState>(await read.ExecuteScalarAsync(ct) as string) switch
        {
            ConsentState.Given => null,
            ConsentState.Withdrawn => ConsentErrors.Withdrawn,
            _ => privacy.Value.ConsentRequired ? ConsentErrors.Missing : null,
        };
    }

    private async Task<bool> IsStoredAsync(NpgsqlConnection connection, NewTemplate template, CancellationToken ct)
    {
        await using var find = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(EnsureStudent) { Parameters = { new() { Value = template.School.Value }, new() { Value = template.Student.Value } } },
                new(FindSamePhoto)
                {
                    Parameters =
                    {
                        new() { Value = template.School.Value }, new() { Value = template.Student.Value },
                        new() { Value = template.Embedding.Contract.Value }, new() { Value = MacOf(template.ImageDigest) },
                    },
                },
            },
        };
        return await find.ExecuteScalarAsync(ct) is not null;
    }

    /// <returns>The neighbours with what was stored after a revision; null when nothing was.</returns>
    private async Task<FaceNeighbours?> JoinedByAsync(
        NpgsqlConnection connection, NewTemplate template, FaceNeighbours near, long since, CancellationToken ct)
    {
        FaceNeighbours? joined = null;
        await using var reader =
            GalleryReader.Within(connection, keys, template.School, template.Embedding.Contract, privacy.Value.ConsentRequired);
        await foreach (var batch in reader.ReadAddedAsync(since, template.Embedding.Values.Length, ct))
        {
            foreach (var entry in batch)
                joined =
                    (joined
                        ?? near).With(template.Student, entry.Student, TensorPrimitives.Dot(entry.Unit.Span, template.Embedding.Values));
        }
        return joined;
    }

    // Plain, the digest would tell whoever has a photo whether it is the one that was enrolled.
    private byte[] MacOf(ReadOnlyMemory<byte> imageDigest) => secrets.MacOf(SecretUse.PhotoDigests, imageDigest.Span);

    private NpgsqlBatchCommand InsertOf(NewTemplate template, TemplateId id, long revision)
    {
        using var cipher = keys.OpenCipher();
        var stored = new TemplateSeal(cipher, template.School)
            .Seal(id, template.Student, template.Embedding.Contract, template.Embedding.Values);
        return new(Insert)
        {
            Parameters =
            {
                new() { Value = template.School.Value },
                new() { Value = id.Value },
                new() { Value = template.Student.Value },
                new() { Value = template.Embedding.Contract.Value },
                new() { Value = stored },
                new() { Value = MacOf(template.ImageDigest) },
                new() { Value = template.EnrolledAt.ToUniversalTime() },
                new() { Value = revision },
                new() { Value = keys.CurrentId },
                new() { Value = caller.Name },
                new() { Value = template.Imported },
            },
        };
    }

    private NpgsqlBatchCommand AuditOf(NewTemplate template, TemplateId id, EnrollmentOverride overridden)
    {
        var details = new Dictionary<string, object?> { ["template_id"] = id.Value };
        if (overridden == EnrollmentOverride.None)
            return audit.EntryOf(new(template.School, AuditActions.TemplateEnrolled, template.Student.Value, details));
        var words = new Dictionary<string, object?>();
        if (overridden.Resembled is { } resembled)
        {
            words["resembled"] = resembled.Student.Value;
            words["similarity"] = Math.Round(resembled.Similarity, 4);
        }
        if (overridden.Own is { } own) words["similarity_to_own"] = Math.Round(own, 4);
        words["reason"] = overridden.Reason;
        var action = overridden.Resembled is null ? AuditActions.AnotherPersonOverridden : AuditActions.DuplicateOverridden;
        return audit.EntryOf(
            new(template.School, action, template.Student.Value, details, new(template.Student, words, overridden.Resembled?.Student)));
    }
}
