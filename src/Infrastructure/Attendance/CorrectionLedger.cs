using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Corrections in PostgreSQL. Locks in the order of every other transaction: students, of two the one whose id comes first, class session,
/// school, days, events. What is taken out of the records lies with the correction as it was, so that nothing counts it and an undo finds
/// it whole. Thread-safe.
/// </summary>
internal sealed class CorrectionLedger(
    NpgsqlDataSource database, EventWriter events, InMemoryGallery gallery, AuditLog audit, ICaller caller, ISchoolCalendars calendars,
    IOptions<AttendanceOptions> options) : ICorrections
{
    private const string Find =
        """
        SELECT student_id, session_id, NULL FROM attendance_records WHERE school_id = $1 AND id = $2
        UNION ALL SELECT student_id, (original ->> 'session_id')::uuid, other_student_id FROM attendance_corrections
        WHERE school_id = $1 AND record_id = $2
        """;

    // As a check-in holds its student: two of these exclude each other, and a camera's sighting passes beside them.
    private const string HoldStudents = "SELECT id FROM students WHERE school_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE";

    // FOR SHARE keeps the absences from being written in between.
    private const string HoldSession =
        """
        SELECT s.ends_at, s.settled_at IS NOT NULL
            AND EXISTS (SELECT 1 FROM class_session_students AS r WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3)
        FROM class_sessions AS s WHERE s.school_id = $1 AND s.id = $2 FOR SHARE OF s
        """;

    private const string Read =
        $"""
        SELECT {AttendanceRecords.Columns}, {Columns}, (c.displaced ->> 'id')::uuid
        FROM attendance_corrections AS c CROSS JOIN LATERAL jsonb_populate_record(NULL::attendance_records, c.original) AS r
        WHERE c.school_id = $1 AND c.record_id = $2
        """;

    private const string TakeOut =
        $"DELETE FROM attendance_records AS r WHERE r.school_id = $1 AND r.id = $2 " +
        $"RETURNING {AttendanceRecords.Columns}, to_jsonb(r)::text";

    private const string ReadStanding =
        $"SELECT {AttendanceRecords.Columns} FROM attendance_records AS r " +
        "WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3";

    private const string Insert =
        """
        INSERT INTO attendance_corrections
            (school_id, id, record_id, student_id, at, original, other_student_id, given_id, displaced, reason, corrected_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    // What would not stand in the class session had the record counted: a later sighting, which is one outside of it then, and an absence.
    private const string GiveWay =
        """
        WITH seen AS (
            UPDATE attendance_records SET session_id = NULL, status = 'present'
            WHERE school_id = $1 AND session_id = $2 AND student_id = $3 AND origin = 'camera')
        DELETE FROM attendance_records WHERE school_id = $1 AND session_id = $2 AND student_id = $3 AND origin = 'schedule' RETURNING id
        """;

    private const string IsFree =
        """
        SELECT EXISTS (SELECT 1 FROM class_sessions WHERE school_id = $1 AND id = $2)
            AND NOT EXISTS (SELECT 1 FROM attendance_records WHERE school_id = $1 AND session_id = $2 AND student_id = $3)
        """;

    private const string PutBack =
        """
        INSERT INTO attendance_records SELECT r.*
        FROM attendance_corrections AS c CROSS JOIN LATERAL jsonb_populate_record(NULL::attendance_records, c.original) AS r
        WHERE c.school_id = $1 AND c.id = $2
        """;

    private const string PutBackDisplaced =
        """
        INSERT INTO attendance_records SELECT r.*
        FROM attendance_corrections AS c CROSS JOIN LATERAL jsonb_populate_record(NULL::attendance_records, c.displaced) AS r
        WHERE c.school_id = $1 AND c.id = $2
        """;

    private const string Delete = "DELETE FROM attendance_corrections WHERE school_id = $1 AND id = $2";

    /// <summary>The columns that <see cref="ReadCorrection"/> reads, of a table called c.</summary>
    public const string Columns =
        "c.id, c.record_id, c.other_student_id, c.given_id, c.reason, caller_name(c.school_id, c.corrected_by), c.corrected_at, " +
        "EXISTS (SELECT 1 FROM sighting_faces AS f WHERE f.school_id = c.school_id AND f.negative_id = c.id)";

    public const int ColumnCount = 8;

    private readonly AttendanceOptions _options = options.Value;

    public async Task<Result<Correction>> CorrectAsync(NewCorrection correction, CancellationToken ct)
    {
        var corrected = await AttendanceRecords.OnceMoreAfterRivalAsync(() => TryCorrectAsync(correction, ct));
        if (corrected is { IsSuccess: true, Value.IsExample: true }) await gallery.SyncAsync(correction.School, ct: CancellationToken.None);
        return corrected;
    }

    public async Task<Result<Done>> UndoAsync(SchoolId school, RecordId record, CancellationToken ct)
    {
        var undone = await TryUndoAsync(school, record, ct);
        if (undone is { IsSuccess: true, Value: { } revision }) await gallery.SyncAsync(school, revision, CancellationToken.None);
        return undone.Match<Result<Done>>(_ => new Done(), error => error);
    }

    /// <returns>The gallery's revision, where it changed.</returns>
    private async Task<Result<long?>> TryUndoAsync(SchoolId school, RecordId record, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await FindAsync(connection, school, record, ct) is not var (named, session, other)) return CorrectionErrors.NotFound;
        await HoldAsync(connection, school, [named, .. other is { } whom ? [whom] : Array.Empty<StudentId>()], ct);
        if (session is { } held) await HoldSessionAsync(connection, school, held, named, ct);
        if (await ReadAsync(connection, school, record, ct) is not var (wrong, correction, displaced)) return CorrectionErrors.NotFound;
        // Undone and corrected anew while the students were waited for.
        if (correction.Student != other) return CorrectionErrors.Overtaken;

        RecordId? absence = null;
        if (wrong.Session is { } place)
        {
            object[] there = [school.Value, place.Value, named.Value];
            absence = await ScalarAsync(connection, GiveWay, ct, there) is Guid id ? new RecordId(id) : null;
            if (await ScalarAsync(connection, IsFree, ct, there) is false) return CorrectionErrors.Overtaken;
        }
        var revision = correction.IsExample ? await GalleryRevision.BumpForRemovalAsync(connection, school, ct) : (long?)null;
        // Where a mark by hand has taken the given record's place, that stands.
        var given = correction.Given is { } gone ? (await TakeOutAsync(connection, school, gone, ct))?.Record : null;
        await using (var write = new NpgsqlBatch(connection))
        {
            write.BatchCommands.Add(Of(PutBack, school, correction.Id.Value));
            if (given is not null && displaced is not null) write.BatchCommands.Add(Of(PutBackDisplaced, school, correction.Id.Value));
            write.BatchCommands.Add(Of(Delete, school, correction.Id.Value));
            if (revision is { } next)
            {
                write.BatchCommands.Add(SightingFaces.TakenBackOf(school, record, next));
                write.BatchCommands.Add(GalleryRevision.Notify(school, next));
            }
            foreach (var command in DaysOf(school, wrong, correction.Student)) write.BatchCommands.Add(command);
            var told = new List<NewEvent> { RecordEvent.Of(wrong, new(correction.Id, Counts: true, Undone: true, Replaces: absence)) };
            if (given is not null)
                told.Add(RecordEvent.Of(given, new(correction.Id, Counts: false, Undone: true, Restores: displaced)));
            write.BatchCommands.Add(events.InsertOf(school, EventTypes.Corrected, told));
            write.BatchCommands.Add(
                EntryOf(AuditActions.CorrectionUndone, school, wrong, correction.Id, correction.Student, correction.Reason));
            await write.ExecuteNonQueryAsync(ct);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return revision;
    }

    private async Task<Result<Correction>> TryCorrectAsync(NewCorrection asked, CancellationToken ct)
    {
        var school = asked.School;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await FindAsync(connection, school, asked.Record, ct) is not var (named, session, _)) return CorrectionErrors.RecordNotFound;
        if (asked.Student == named) return CorrectionErrors.SameStudent;
        var held = await HoldAsync(connection, school, asked.Student is { } who ? [named, who] : [named], ct);
        if (asked.Student is { } student && !held.Contains(student)) return StudentErrors.NotFound;
        var missedTill = session is { } place ? await HoldSessionAsync(connection, school, place, named, ct) : null;
        if (await ReadAsync(connection, school, asked.Record, ct) is var (_, earlier, _))
            return earlier.Student == asked.Student && earlier.Reason == asked.Reason ? earlier : CorrectionErrors.Exists;
        if (await TakeOutAsync(connection, school, asked.Record, ct) is not var (wrong, row)) return CorrectionErrors.RecordNotFound;
        if (!Correction.IsOf(wrong)) return CorrectionErrors.NotASighting;

        var (given, displaced) = asked.Student is { } right ? await GiveAsync(connection, asked, right, wrong, ct) : default;
        var absence = missedTill is { } end
            ? new AttendanceRecord(
                RecordId.New(), named, session, end, AttendanceStatus.Absent, NeedsReview: false, new Evidence.Schedule())
            : null;
        var id = CorrectionId.New();
        var hasFace = await ScalarAsync(connection, SightingFaces.Find, ct, school.Value, wrong.Id.Value) is not null;
        var revision = hasFace ? await GalleryRevision.BumpAsync(connection, school, ct) : 0;
        await using (var write = new NpgsqlBatch(connection))
        {
            write.BatchCommands.Add(InsertOf(asked, id, wrong, row, given?.Id, displaced));
            foreach (var record in new[] { given, absence }.OfType<AttendanceRecord>())
                write.BatchCommands.Add(AttendanceRecords.InsertOf(school, record));
            if (hasFace)
            {
                foreach (var command in SightingFaces.NegativeOf(school, wrong.Id, asked.Student, id, revision))
                    write.BatchCommands.Add(command);
                write.BatchCommands.Add(GalleryRevision.Notify(school, revision));
            }
            foreach (var command in DaysOf(school, wrong, asked.Student)) write.BatchCommands.Add(command);
            foreach (var command in EventsOf(school, id, wrong, given, displaced?.Id, absence)) write.BatchCommands.Add(command);
            write.BatchCommands.Add(EntryOf(AuditActions.AttendanceCorrected, school, wrong, id, asked.Student, asked.Reason));
            await write.ExecuteNonQueryAsync(ct);
        }
        var (_, correction, _) = (await ReadAsync(connection, school, asked.Record, ct))!.Value;
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return correction;
    }

    /// <returns>What the student whom it was gets, and what has to give way to that.</returns>
    private static async Task<(AttendanceRecord? Given, (RecordId Id, string Row)? Displaced)> GiveAsync(
        NpgsqlConnection connection, NewCorrection asked, StudentId right, AttendanceRecord wrong, CancellationToken ct)
    {
        (RecordId, string)? displaced = null;
        if (wrong.Session is { } session)
        {
            var standing = await ReadStandingAsync(connection, asked.School, session, right, ct);
            if (!Correction.Adds(wrong, standing)) return (null, null);
            if (standing is not null && await TakeOutAsync(connection, asked.School, standing.Id, ct) is var (gone, row))
                displaced = (gone.Id, row);
        }
        return (
            new(
                RecordId.New(), right, wrong.Session, wrong.At, wrong.Status, NeedsReview: false,
                new Evidence.Manual(asked.Reason, wrong.Id)),
            displaced);
    }

    private IEnumerable<NpgsqlBatchCommand> DaysOf(SchoolId school, AttendanceRecord wrong, StudentId? other)
    {
        if (!_options.RecordLocally) yield break;
        var calendar = calendars.Of(school);
        foreach (var student in other is { } right ? new[] { wrong.Student, right } : [wrong.Student])
        {
            foreach (var command in AttendanceRecords.DayAnewOf(school, student, calendar.DayOf(wrong.At), calendar))
                yield return command;
        }
    }

    private IEnumerable<NpgsqlBatchCommand> EventsOf(
        SchoolId school, CorrectionId id, AttendanceRecord wrong, AttendanceRecord? given, RecordId? displaced, AttendanceRecord? absence)
    {
        var told = new List<NewEvent> { RecordEvent.Of(wrong, new(id, Counts: false, Undone: false)) };
        if (given is not null) told.Add(RecordEvent.Of(given, new(id, Counts: true, Undone: false, Replaces: displaced)));
        yield return events.InsertOf(school, EventTypes.Corrected, told);
        if (absence is not null) yield return events.InsertOf(school, EventTypes.Absent, RecordEvent.Of(absence));
    }

    private NpgsqlBatchCommand InsertOf(
        NewCorrection asked, CorrectionId id, AttendanceRecord wrong, string row, RecordId? given, (RecordId Id, string Row)? displaced) =>
        new(Insert)
        {
            Parameters =
            {
                new() { Value = asked.School.Value }, new() { Value = id.Value }, new() { Value = wrong.Id.Value },
                new() { Value = wrong.Student.Value }, new() { Value = wrong.At.ToUniversalTime() },
                new() { Value = row, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)asked.Student?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
                AttendanceRecords.OrNull(given?.Value),
                new() { Value = (object?)displaced?.Row ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = asked.Reason }, new() { Value = caller.Name },
            },
        };

    private NpgsqlBatchCommand EntryOf(
        string action, SchoolId school, AttendanceRecord wrong, CorrectionId id, StudentId? right, string reason)
    {
        var words = new Dictionary<string, object?>
        {
            ["status"] = Words.Of(wrong.Status), ["at"] = wrong.At.ToUniversalTime(), ["reason"] = reason,
        };
        if (wrong.Session is { } session) words["class_session_id"] = session.Value;
        if (right is { } student) words["student_id"] = student.Value;
        return audit.EntryOf(new(
            school, action, wrong.Student.Value,
            new Dictionary<string, object?> { ["record_id"] = wrong.Id.Value, ["correction_id"] = id.Value },
            new(wrong.Student, words, right)));
    }

    private static async Task<(StudentId Named, ClassSessionId? Session, StudentId? Other)?> FindAsync(
        NpgsqlConnection connection, SchoolId school, RecordId record, CancellationToken ct)
    {
        await using var find = Command(Find, connection, school.Value, record.Value);
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return (
            new(reader.GetString(0)), reader.IsDBNull(1) ? null : new ClassSessionId(reader.GetGuid(1)),
            reader.IsDBNull(2) ? null : new StudentId(reader.GetString(2)));
    }

    /// <returns>Those that there are.</returns>
    private static async Task<HashSet<StudentId>> HoldAsync(
        NpgsqlConnection connection, SchoolId school, StudentId[] students, CancellationToken ct)
    {
        await using var hold = Command(HoldStudents, connection, school.Value, students.Select(s => s.Value).ToArray());
        await using var reader = await hold.ExecuteReaderAsync(ct);
        var held = new HashSet<StudentId>();
        while (await reader.ReadAsync(ct)) held.Add(new(reader.GetString(0)));
        return held;
    }

    /// <returns>The session's end, if it is settled and without the record the student was absent.</returns>
    private static async Task<DateTimeOffset?> HoldSessionAsync(
        NpgsqlConnection connection, SchoolId school, ClassSessionId session, StudentId student, CancellationToken ct)
    {
        await using var hold = Command(HoldSession, connection, school.Value, session.Value, student.Value);
        await using var reader = await hold.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && reader.GetBoolean(1) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }

    private static async Task<(AttendanceRecord Wrong, Correction Correction, RecordId? Displaced)?> ReadAsync(
        NpgsqlConnection connection, SchoolId school, RecordId record, CancellationToken ct)
    {
        await using var read = Command(Read, connection, school.Value, record.Value);
        await using var reader = await read.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        const int After = AttendanceRecords.ColumnCount + ColumnCount;
        return (
            AttendanceRecords.Read(reader), ReadCorrection(reader, AttendanceRecords.ColumnCount),
            reader.IsDBNull(After) ? null : new RecordId(reader.GetGuid(After)));
    }

    /// <param name="first">Where <see cref="Columns"/> begin.</param>
    public static Correction ReadCorrection(NpgsqlDataReader reader, int first) => new(
        new(reader.GetGuid(first)), new(reader.GetGuid(first + 1)),
        reader.IsDBNull(first + 2) ? null : new StudentId(reader.GetString(first + 2)),
        reader.IsDBNull(first + 3) ? null : new RecordId(reader.GetGuid(first + 3)), reader.GetString(first + 4),
        reader.GetString(first + 5), reader.GetFieldValue<DateTimeOffset>(first + 6), reader.GetBoolean(first + 7));

    private static async Task<(AttendanceRecord Record, string Row)?> TakeOutAsync(
        NpgsqlConnection connection, SchoolId school, RecordId record, CancellationToken ct)
    {
        await using var takeOut = Command(TakeOut, connection, school.Value, record.Value);
        await using var reader = await takeOut.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (AttendanceRecords.Read(reader), reader.GetString(AttendanceRecords.ColumnCount)) : null;
    }

    private static async Task<AttendanceRecord?> ReadStandingAsync(
        NpgsqlConnection connection, SchoolId school, ClassSessionId session, StudentId student, CancellationToken ct)
    {
        await using var read = Command(ReadStanding, connection, school.Value, session.Value, student.Value);
        await using var reader = await read.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? AttendanceRecords.Read(reader) : null;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var ask = Command(sql, connection, values);
        return await ask.ExecuteScalarAsync(ct);
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static NpgsqlBatchCommand Of(string sql, SchoolId school, Guid id) =>
        new(sql) { Parameters = { new() { Value = school.Value }, new() { Value = id } } };
}
