using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Marks by hand in PostgreSQL. Locks like a check-in: key, student, class session. Thread-safe.</summary>
internal sealed class ManualMarkLedger(
    NpgsqlDataSource database, EventWriter events, AuditLog audit, ICaller caller, ISchoolCalendars calendars,
    IOptions<AttendanceOptions> options) : IManualMarks
{
    private const string HoldSession = "SELECT 1 FROM class_sessions WHERE school_id = $1 AND id = $2 FOR SHARE";

    private const string TakeOut =
        $"DELETE FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3 " +
        $"RETURNING {AttendanceRecords.Columns}";

    private const string TakeOutNamed =
        $"""
        DELETE FROM attendance_records AS r WHERE r.school_id = $1 AND r.id = $2 AND r.student_id = $3 AND ($4::uuid IS NULL
            OR r.session_id = $4)
        RETURNING {AttendanceRecords.Columns}
        """;

    private static readonly JsonSerializerOptions Stored = new() { Converters = { new JsonStringEnumConverter() } };

    private readonly AttendanceOptions _options = options.Value;

    public Task<Result<AttendanceRecord>> MarkAsync(ManualMark mark, CancellationToken ct) =>
        AttendanceRecords.OnceMoreAfterRivalAsync(() => TryMarkAsync(mark, ct));

    private async Task<Result<AttendanceRecord>> TryMarkAsync(ManualMark mark, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (mark.Key is { } key)
        {
            var earlier = await IdempotencyKeys.TakeAsync(connection, mark.School, caller, key, ManualMarkErrors.KeyReused, ct);
            if (earlier.Error is { } reused) return reused;
            if (earlier.Value is { } answered) return JsonSerializer.Deserialize<StoredRecord>(answered, Stored)!.ToRecord();
        }
        if (!await ExistsAsync(connection, CheckInLedger.HoldStudent, mark, mark.Student.Value, ct)) return StudentErrors.NotFound;
        AttendanceRecord? replaced = null;
        if (mark.Session is { } session)
        {
            if (!await ExistsAsync(connection, HoldSession, mark, session.Value, ct)) return ClassSessionErrors.NotFound;
            if (mark.Replaces is null) replaced = await TakeOutAsync(connection, TakeOut, mark, session.Value, ct);
        }
        if (mark.Replaces is { } named)
        {
            replaced = await TakeOutAsync(
                connection, TakeOutNamed, mark, named.Value, ct, AttendanceRecords.OrNull(mark.Session?.Value));
            if (replaced is null) return ManualMarkErrors.RecordNotFound;
        }

        var record = new AttendanceRecord(
            RecordId.New(), mark.Student, mark.Session ?? replaced?.Session, mark.At, mark.Status, NeedsReview: false,
            new Evidence.Manual(mark.Reason, replaced?.Id));
        var calendar = calendars.Of(mark.School);
        await using (var write = new NpgsqlBatch(connection))
        {
            write.BatchCommands.Add(AttendanceRecords.InsertOf(mark.School, record));
            if (_options.RecordLocally && mark.Status.IsThere)
            {
                write.BatchCommands.Add(
                    AttendanceRecords.DayOf(mark.School, mark.Student, calendar.DayOf(mark.At), mark.At, _options.Dedup));
            }
            // Who was taken for there, and was not, is not to stand in the day's list.
            if (_options.RecordLocally && !mark.Status.IsThere && replaced is { Status.IsThere: true })
            {
                foreach (var command in AttendanceRecords.DayAnewOf(mark.School, mark.Student, calendar.DayOf(replaced.At), calendar))
                    write.BatchCommands.Add(command);
            }
            write.BatchCommands.Add(events.InsertOf(mark.School, EventTypes.Marked, RecordEvent.Of(record)));
            if (mark.Key is { } taken)
            {
                write.BatchCommands.Add(IdempotencyKeys.AnswerOf(
                    mark.School, caller, taken, mark.Student, JsonSerializer.Serialize(StoredRecord.Of(record), Stored)));
            }
            write.BatchCommands.Add(audit.EntryOf(new(
                mark.School, AuditActions.AttendanceMarked, mark.Student.Value,
                new Dictionary<string, object?> { ["record_id"] = record.Id.Value }, new(mark.Student, WordsOf(mark, replaced)))));
            await write.ExecuteNonQueryAsync(ct);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return record;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, ManualMark mark, object id, CancellationToken ct)
    {
        await using var hold = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = mark.School.Value }, new() { Value = id } },
        };
        return await hold.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task<AttendanceRecord?> TakeOutAsync(
        NpgsqlConnection connection, string sql, ManualMark mark, Guid id, CancellationToken ct, params NpgsqlParameter[] more)
    {
        await using var takeOut = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = mark.School.Value }, new() { Value = id }, new() { Value = mark.Student.Value } },
        };
        takeOut.Parameters.AddRange(more);
        await using var reader = await takeOut.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? AttendanceRecords.Read(reader) : null;
    }

    private static Dictionary<string, object?> WordsOf(ManualMark mark, AttendanceRecord? replaced)
    {
        var words = new Dictionary<string, object?>
        {
            ["status"] = Words.Of(mark.Status),
            ["at"] = mark.At.ToUniversalTime(),
            ["reason"] = mark.Reason,
        };
        if (mark.Session is { } session) words["class_session_id"] = session.Value;
        if (replaced is not null)
        {
            words["replaced"] = new Dictionary<string, object>
            {
                ["record_id"] = replaced.Id.Value,
                ["status"] = Words.Of(replaced.Status),
                ["origin"] = Words.Of(replaced.Origin),
                ["at"] = replaced.At.ToUniversalTime(),
                ["evidence"] = JsonDocument.Parse(EvidenceCodec.ToJson(replaced.Evidence)).RootElement,
            };
        }
        return words;
    }

    /// <summary>A record as it lies beside its key, in types whose JSON stays the same.</summary>
    private sealed record StoredRecord(
        Guid Id, string Student, Guid? Session, DateTimeOffset At, AttendanceStatus Status, AttendanceOrigin Origin, bool NeedsReview,
        string Evidence)
    {
        public static StoredRecord Of(AttendanceRecord record) => new(
            record.Id.Value, record.Student.Value, record.Session?.Value, record.At, record.Status, record.Origin, record.NeedsReview,
            EvidenceCodec.ToJson(record.Evidence));

        public AttendanceRecord ToRecord() => new(
            new(Id), new(Student), Session is { } session ? new ClassSessionId(session) : null, At, Status, NeedsReview,
            EvidenceCodec.Read(Origin, Evidence));
    }
}
