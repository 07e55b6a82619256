using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Liveness;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Privacy;

/// <summary>Erasure and export in PostgreSQL. Thread-safe.</summary>
internal sealed class StudentRights(
    NpgsqlDataSource database, InMemoryGallery gallery, ServerSecrets secrets, AuditLog audit, ErasureList list, ICaller caller)
        : IStudentRights
{
    // Every transaction takes its locks in this order: student, school, templates, days, cooldown, numbering, outbox. So none waits in a
    // circle.
    private const string LockStudent = "SELECT 1 FROM students WHERE school_id = $1 AND id = $2 FOR UPDATE";

    private const string BuryTemplates =
        """
        WITH gone AS (DELETE FROM templates WHERE school_id = $1 AND student_id = $2 RETURNING id)
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, id, $3 FROM gone
        """;

    private const string TheirEvents = "SELECT id FROM events WHERE school_id = $1 AND student_key = $2";

    // First of all that is done to events: a replay that is under way ends before, and one that comes after sees the mark.
    private static readonly string[] HoldEvents =
    [
        $"{TheirEvents} ORDER BY id FOR UPDATE",
        $"UPDATE outbox SET erased = true, student_key = NULL, last_message = NULL WHERE school_id = $1 AND event_id IN ({TheirEvents})",
    ];

    private const string ForgetUndelivered =
        $"DELETE FROM outbox WHERE school_id = $1 AND event_id IN ({TheirEvents}) AND status <> 'sent'";

    private const string ForgetAnswers =
        $"""
        UPDATE delivery_attempts SET message = '' WHERE school_id = $1
            AND delivery_id IN (SELECT o.id FROM outbox AS o WHERE o.school_id = $1 AND o.event_id IN ({TheirEvents}))
        """;

    private const string ForgetUnsent =
        """
        DELETE FROM events AS e WHERE e.school_id = $1 AND e.student_key = $2
            AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.school_id = e.school_id AND o.event_id = e.id)
        """;

    // What was delivered is the receiver's too: that there was something goes by its own time; see RetentionStore.
    private const string BlankSent =
        "UPDATE events SET erased = true, payload = '', student_key = NULL, sequence = NULL WHERE school_id = $1 AND student_key = $2";

    // The other student's record stays corrected; who it was, and the words about it, go.
    private const string ForgetRight =
        """
        UPDATE attendance_corrections SET other_student_id = NULL, given_id = NULL, displaced = NULL, reason = 'erased'
        WHERE school_id = $1 AND other_student_id = $2
        """;

    // That there were lookalikes stays; who they were goes.
    private const string ForgetLookalike =
        """
        UPDATE notices SET student_id = nullif(student_id, $2), other_id = nullif(other_id, $2)
        WHERE school_id = $1 AND (student_id = $2 OR other_id = $2)
        """;

    private const string ReadNames =
        """
        SELECT unnest(ARRAY[n.name, n.name || '@' || s.code])
        FROM users AS u JOIN usernames AS n ON n.school_id = u.school_id AND n.user_id = u.id JOIN schools AS s ON s.id = u.school_id
        WHERE u.school_id = $1 AND u.student_id = $2
        """;

    // Of the names before: the database alone cannot tell which rows are theirs.
    private const string ForgetFailures = "DELETE FROM log_in_failures WHERE name_mac = ANY ($1)";

    private const string ForgetAddresses = "DELETE FROM known_addresses WHERE name_mac = ANY ($1)";

    // What each part of the receipt counts, in the order of the locks. Tables that would go with the student's row are emptied here to be
    // counted.
    private static readonly (string Class, string Sql)[] Parts =
    [
        ("attendance_days", "DELETE FROM attendance_days WHERE school_id = $1 AND student_id = $2"),
        ("attendance_records", "DELETE FROM attendance_records WHERE school_id = $1 AND student_id = $2"),
        ("sighting_faces", SightingFaces.Forget),
        ("attendance_corrections", "DELETE FROM attendance_corrections WHERE school_id = $1 AND student_id = $2"),
        ("corrections_that_named_them", ForgetRight),
        ("notices_that_named_them", ForgetLookalike),
        ("class_rosters", "DELETE FROM class_session_students WHERE school_id = $1 AND student_id = $2"),
        ("lesson_rosters", "DELETE FROM lesson_students WHERE school_id = $1 AND student_id = $2"),
        ("location_fixes", "DELETE FROM location_fixes WHERE school_id = $1 AND student_id = $2"),
        ("liveness_attempts", "DELETE FROM liveness_attempts WHERE school_id = $1 AND student_id = $2"),
        ("liveness_pictures", "DELETE FROM liveness_pictures WHERE school_id = $1 AND student_id = $2"),
        ("idempotency_answers", "DELETE FROM idempotency_keys WHERE school_id = $1 AND student_id = $2"),
        ("audit_words", "DELETE FROM audit_words WHERE school_id = $1 AND (student_id = $2 OR other_id = $2)"),
        ("consent_statements", "DELETE FROM consents WHERE school_id = $1 AND student_id = $2"),
        ("log_in_failures", ForgetFailures),
        ("known_addresses", ForgetAddresses),
        ("accounts", "DELETE FROM users WHERE school_id = $1 AND student_id = $2"),
        ("event_numbers", "DELETE FROM event_sequences WHERE school_id = $1 AND student_key = $2"),
        ("undelivered_events", ForgetUndelivered),
        ("receivers_answers", ForgetAnswers),
        ("unsent_events", ForgetUnsent),
        ("events", BlankSent),
        ("profile", "DELETE FROM students WHERE school_id = $1 AND id = $2"),
    ];

    private const string Insert =
        "INSERT INTO erasure_receipts (school_id, id, erased_at, erased_by, salt, student_sha256, removed) VALUES ($1, $2, $3, $4, $5, " +
        "$6, $7)";

    private const string Find =
        "SELECT erased_at, caller_name($1, erased_by), removed::text, salt, student_sha256 FROM erasure_receipts WHERE school_id = $1 " +
        "AND id = $2";

    // One statement sees one moment. The numbers of a face template stay here: they are of use to nobody but a face matcher.
    private const string Export =
        $$"""
        SELECT jsonb_pretty(jsonb_build_object(
            'exported_at', clock_timestamp(),
            'student', to_jsonb(s) - 'school_id',
            'consent_statements',
                (SELECT coalesce(jsonb_agg(to_jsonb(c) - '{school_id,student_id}'::text[] || jsonb_build_object('recorded_by',
                    caller_name($1, c.recorded_by)) ORDER BY c.recorded_at), '[]')
                FROM consents c WHERE c.school_id = s.school_id AND c.student_id = s.id),
            'face_templates', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'model', t.contract, 'enrolled_at', t.enrolled_at,
                'enrolled_by', caller_name($1, t.enrolled_by), 'imported', t.imported)
            ORDER BY t.enrolled_at), '[]')
                FROM templates t WHERE t.school_id = s.school_id AND t.student_id = s.id),
            'attendance_records', (SELECT coalesce(jsonb_agg(to_jsonb(r) - '{school_id,student_id}'::text[] ORDER BY r.at), '[]')
                FROM attendance_records r WHERE r.school_id = s.school_id AND r.student_id = s.id),
            'corrections', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'record_id', c.record_id, 'named', c.student_id = s.id, 'was', c.other_student_id IS NOT DISTINCT FROM s.id,
                    'record', CASE WHEN c.student_id = s.id THEN c.original - '{school_id,student_id}'::text[] END,
                    'reason', c.reason, 'corrected_by', caller_name($1, c.corrected_by), 'corrected_at', c.corrected_at)
                ORDER BY c.corrected_at), '[]')
                FROM attendance_corrections c WHERE c.school_id = s.school_id AND s.id IN (c.student_id, c.other_student_id)),
            'attendance_days', (SELECT coalesce(jsonb_agg(to_jsonb(d) - '{school_id,student_id}'::text[] ORDER BY d.date), '[]')
                FROM attendance_days d WHERE d.school_id = s.school_id AND d.student_id = s.id),
            'class_sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'starts_at', k.starts_at)
            ORDER BY k.starts_at), '[]')
                FROM class_session_students m JOIN class_sessions k ON k.school_id = m.school_id AND k.id = m.session_id
                WHERE m.school_id = s.school_id AND m.student_id = s.id),
            'location_fixes', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'lat', st_y(f.place::geometry), 'lon', st_x(f.place::geometry), 'accuracy_m', f.accuracy_m, 'device_id', f.device_id,
                    'captured_at', f.captured_at, 'mocked', f.mocked) ORDER BY f.received_at), '[]')
                FROM location_fixes f WHERE f.school_id = s.school_id AND f.student_id = s.id),
            'liveness_attempts', (SELECT coalesce(jsonb_agg(jsonb_build_object('began_at', l.began_at, 'tried_by', l.tried_by, 'passed',
                l.passed) ORDER BY l.began_at), '[]')
                FROM liveness_attempts l WHERE l.school_id = s.school_id AND l.student_id = s.id),
            'liveness_sessions_remembered', (SELECT coalesce(jsonb_agg(jsonb_build_object('seen_at', p.seen_at, 'model', p.contract)
            ORDER BY p.seen_at), '[]')
                FROM liveness_pictures p WHERE p.school_id = s.school_id AND p.student_id = s.id),
            'faces_of_sightings', (SELECT coalesce(jsonb_agg(jsonb_build_object('record_id', f.id, 'seen_at', f.seen_at, 'model', f.contract,
                'taken_for_them', f.student_id = s.id, 'negative_example', f.negative_id IS NOT NULL) ORDER BY f.seen_at), '[]')
                FROM sighting_faces f WHERE f.school_id = s.school_id AND s.id IN (f.student_id, f.other_student_id)),
            'audit_entries', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', a.at, 'action', a.action, 'details', {{AuditLog.Details}})
            ORDER BY a.seq), '[]')
                FROM audit a WHERE a.school_id = s.school_id AND a.subject = s.id),
            'events', (SELECT coalesce(jsonb_agg(e.payload::jsonb ORDER BY e.created_at), '[]')
                FROM events e WHERE e.school_id = s.school_id AND e.student_key = s.id),
            'accounts', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', n.name, 'role', u.role, 'created_at', u.created_at)), '[]')
                FROM users u JOIN usernames n ON n.school_id = u.school_id AND n.user_id = u.id
                WHERE u.school_id = s.school_id AND u.student_id = s.id)))
        FROM students s WHERE s.school_id = $1 AND s.id = $2
        """;

    private const int SaltBytes = 16;

    public Task<ErasureReceipt?> EraseAsync(SchoolId school, StudentId student, CancellationToken ct) =>
        EraseAsync(school, student, null, ct);

    /// <summary>Repeats an erasure that stands in the list already; its receipt is there again.</summary>
    public Task<ErasureReceipt?> EraseAgainAsync(SchoolId school, StudentId student, Guid receipt, CancellationToken ct) =>
        EraseAsync(school, student, receipt, ct);

    private async Task<ErasureReceipt?> EraseAsync(SchoolId school, StudentId student, Guid? again, CancellationToken ct)
    {
        long revision;
        ErasureReceipt receipt;
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await using (var lockStudent = new NpgsqlCommand(LockStudent, connection) { Parameters = { Of(school), Of(student) } })
            {
                if (await lockStudent.ExecuteScalarAsync(ct) is null) return null;
            }
            revision = await GalleryRevision.BumpForRemovalAsync(connection, school, ct);
            var (mark, now) = await ErasureReplay.ReadMomentAsync(connection, school, ct);
            receipt = new(again ?? Guid.CreateVersion7(), now, caller.Name, await RemoveAsync(connection, school, student, revision, ct));
            await using (var tell = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    InsertOf(school, student, receipt),
                    GalleryRevision.Notify(school, revision),
                    audit.EntryOf(new(
                        school, AuditActions.StudentRemoved, student.Value, new Dictionary<string, object?> { ["receipt"] = receipt.Id })),
                },
            })
            {
                await tell.ExecuteNonQueryAsync(ct);
            }
            // Should the commit fail after this, the next start completes what was asked.
            if (again is null) await list.AppendAsync(Forgotten.Erased, mark, student, now, receipt.Id, ct);
            // From here on a caller who hangs up would not know what became of it.
            await transaction.CommitAsync(CancellationToken.None);
        }
        await gallery.SyncAsync(school, revision, CancellationToken.None);
        return receipt;
    }

    public async Task<(ErasureReceipt Receipt, bool? IsOf)?> FindReceiptAsync(
        SchoolId school, Guid receipt, StudentId? claimed, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(receipt);
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var removed = JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(2))!;
        var isOf = claimed is { } student ? HashOf(student, reader.GetFieldValue<byte[]>(3)).AsSpan()
            .SequenceEqual(reader.GetFieldValue<byte[]>(4)) : (bool?)null;
        return (new(receipt, reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), removed), isOf);
    }

    public async Task<string?> ExportAsync(SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var export = new NpgsqlCommand(Export, connection) { Parameters = { Of(school), Of(student) } };
        if (await export.ExecuteScalarAsync(ct) is not string json) return null;
        await audit.AppendAsync(new(school, AuditActions.StudentExported, student.Value), ct);
        return json;
    }

    private async Task<Dictionary<string, long>> RemoveAsync(
        NpgsqlConnection connection, SchoolId school, StudentId student, long revision, CancellationToken ct)
    {
        var names = new List<byte[]>();
        await using (var read = new NpgsqlCommand(ReadNames, connection) { Parameters = { Of(school), Of(student) } })
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) names.Add(LogInHistory.MacOf(secrets, rows.GetString(0)));
        }
        await using var remove = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(BuryTemplates) { Parameters = { Of(school), Of(student), new() { Value = revision } } },
                SightingFaces.BuryOf(school, student, revision),
                new("DELETE FROM cooldowns WHERE school_id = $1 AND student_key = $2") { Parameters = { Of(school), Of(student) } },
                new(LivenessAttempts.VoidResults) { Parameters = { Of(school), Of(student) } },
            },
        };
        foreach (var hold in HoldEvents) remove.BatchCommands.Add(new(hold) { Parameters = { Of(school), Of(student) } });
        var before = remove.BatchCommands.Count;
        foreach (var (_, sql) in Parts)
        {
            remove.BatchCommands.Add(sql is ForgetFailures or ForgetAddresses
                ? new(sql) { Parameters = { new() { Value = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea } } }
                : new(sql) { Parameters = { Of(school), Of(student) } });
        }
        await remove.ExecuteNonQueryAsync(ct);
        var removed = new Dictionary<string, long> { ["face_templates"] = remove.BatchCommands[0].RecordsAffected };
        for (var i = 0; i < Parts.Length; i++) removed[Parts[i].Class] = remove.BatchCommands[before + i].RecordsAffected;
        return removed;
    }

    private static NpgsqlBatchCommand InsertOf(SchoolId school, StudentId student, ErasureReceipt receipt)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(Insert)
        {
            Parameters =
            {
                Of(school), new() { Value = receipt.Id }, new() { Value = receipt.ErasedAt }, new() { Value = receipt.ErasedBy },
                new() { Value = salt },
                new() { Value = HashOf(student, salt) },
                new() { Value = JsonSerializer.Serialize(receipt.Removed), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
    }

    private static byte[] HashOf(StudentId student, byte[] salt) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(student.Value)]);

    private static NpgsqlParameter Of(SchoolId school) => new() { Value = school.Value };

    private static NpgsqlParameter Of(StudentId student) => new() { Value = student.Value };
}
