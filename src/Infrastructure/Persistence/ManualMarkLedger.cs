using System.Text.Json;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Students;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Infrastructure.Webhooks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>Marks by hand in PostgreSQL. Locks like a check-in: student, then class session. Thread-safe.</summary>
internal sealed class ManualMarkLedger(
    NpgsqlDataSource database, Outbox outbox, AuditLog audit, IOptions<AttendanceOptions> options) : IManualMarks
{
    private const string HoldSession = "SELECT 1 FROM class_sessions WHERE school_id = $1 AND id = $2 FOR SHARE";

    private const string TakeOut =
        $"DELETE FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3 RETURNING {AttendanceRecords.Columns}";

    private readonly AttendanceOptions _options = options.Value;
    private readonly SchoolCalendar _calendar = new(options.Value.TimeZone);

    public Task<Result<AttendanceRecord>> MarkAsync(ManualMark mark, bool announce, CancellationToken ct) =>
        AttendanceRecords.OnceMoreAfterRivalAsync(() => TryMarkAsync(mark, announce, ct));

    private async Task<Result<AttendanceRecord>> TryMarkAsync(ManualMark mark, bool announce, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await ExistsAsync(connection, CheckInLedger.HoldStudent, mark, mark.Student.Value, ct)) return StudentErrors.NotFound;
        AttendanceRecord? replaced = null;
        if (mark.Session is { } session)
        {
            if (!await ExistsAsync(connection, HoldSession, mark, session.Value, ct)) return ClassSessionErrors.NotFound;
            replaced = await TakeOutAsync(connection, mark, session, ct);
        }

        var record = new AttendanceRecord(
            RecordId.New(), mark.Student, mark.Session, mark.At, mark.Status, AttendanceOrigin.Manual, NeedsReview: false,
            JsonSerializer.Serialize(new Dictionary<string, object?> { ["reason"] = mark.Reason, ["replaced"] = replaced?.Id.Value }));
        await using (var write = new NpgsqlBatch(connection))
        {
            var eventId = Guid.CreateVersion7();
            write.BatchCommands.Add(AttendanceRecords.InsertOf(mark.School, record, eventId, announce));
            if (_options.RecordLocally && mark.Status != AttendanceStatus.Absent)
            {
                write.BatchCommands.Add(AttendanceRecords.DayOf(mark.School, mark.Student, _calendar.DayOf(mark.At), mark.At, _options.Dedup));
            }
            write.BatchCommands.Add(outbox.InsertOf(mark.School, EventTypes.Marked, [(eventId, mark.Student.Value, RecordEvent.Of(record))], announce));
            write.BatchCommands.Add(audit.EntryOf(new(mark.School, AuditActions.AttendanceMarked, mark.Student.Value, DetailsOf(record, mark, replaced))));
            await write.ExecuteNonQueryAsync(ct);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return record;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, ManualMark mark, object id, CancellationToken ct)
    {
        await using var hold = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = mark.School.Value }, new() { Value = id } } };
        return await hold.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task<AttendanceRecord?> TakeOutAsync(NpgsqlConnection connection, ManualMark mark, ClassSessionId session, CancellationToken ct)
    {
        await using var takeOut = new NpgsqlCommand(TakeOut, connection)
        {
            Parameters = { new() { Value = mark.School.Value }, new() { Value = session.Value }, new() { Value = mark.Student.Value } },
        };
        await using var reader = await takeOut.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? AttendanceRecords.Read(reader) : null;
    }

    private static Dictionary<string, object?> DetailsOf(AttendanceRecord record, ManualMark mark, AttendanceRecord? replaced)
    {
        var details = new Dictionary<string, object?>
        {
            ["record_id"] = record.Id.Value, ["status"] = AttendanceWords.Of(mark.Status), ["at"] = mark.At.ToUniversalTime(), ["reason"] = mark.Reason,
        };
        if (mark.Session is { } session) details["class_session_id"] = session.Value;
        if (replaced is not null)
        {
            details["replaced"] = new Dictionary<string, object>
            {
                ["record_id"] = replaced.Id.Value, ["status"] = AttendanceWords.Of(replaced.Status), ["origin"] = AttendanceWords.Of(replaced.Origin),
                ["at"] = replaced.At.ToUniversalTime(), ["evidence"] = JsonDocument.Parse(replaced.EvidenceJson).RootElement,
            };
        }
        return details;
    }
}
