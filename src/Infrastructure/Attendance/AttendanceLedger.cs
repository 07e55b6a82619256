using FaceAttendance.Application;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Attendance and the events that announce it, in PostgreSQL. Thread-safe.</summary>
internal sealed class AttendanceLedger(
    NpgsqlDataSource database, IDbContextFactory<AttendanceDb> contexts, Outbox outbox, IOptions<AttendanceOptions> options)
        : IAttendanceLedger
{
    // Keeps the student from being removed until the transaction ends, and lets any number of sightings pass side by side.
    private const string HoldStudent = "SELECT 1 FROM students WHERE school_id = $1 AND id = $2 FOR KEY SHARE";

    // clock_timestamp() is read after the wait for a rival's row, so two sightings at once see each other. A slot that lies further ahead
    // than its own length comes from a clock that was set back since; it holds nobody up.
    private static readonly string TakeSlot =
        $"""
        INSERT INTO cooldowns (school_id, student_key, taken_at, event_id) SELECT $1, $2, clock_timestamp(), $3 WHERE $5 OR {IsWanted}
        ON CONFLICT (school_id, student_key) DO UPDATE SET taken_at = clock_timestamp(), event_id = EXCLUDED.event_id
        WHERE cooldowns.taken_at <= clock_timestamp() - $4 OR cooldowns.taken_at > clock_timestamp() + $4
        """;

    // No row when nobody wants to be told.
    private static readonly string ReadSlot =
        $"SELECT event_id, taken_at + $3 - clock_timestamp() FROM cooldowns WHERE school_id = $1 AND student_key = $2 AND ($4 " +
        $"OR {IsWanted})";

    private static string IsWanted => Outbox.IsWanted($"'{EventTypes.Recognized}'");

    // What is told of a slot that frees itself this very moment: the report's Ns is at least one second anyway.
    private static readonly TimeSpan LeastLeft = TimeSpan.FromMilliseconds(1);

    private readonly AttendanceOptions _options = options.Value;
    private readonly SchoolCalendar _calendar = new(options.Value.TimeZone);

    public async Task<LedgerEntry> RecordAsync(Sighting sighting, bool announce, CancellationToken ct)
    {
        using var span = ServerTrace.Start("ledger");
        var counts = _options.RecordLocally && sighting.Student is not null;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (sighting.Student is { } student && !await HoldAsync(connection, sighting.School, student, ct))
            return new LedgerEntry.StudentRemoved();

        var entry = await TakeSlotAsync(connection, sighting, announce, ct);
        await using (var write = new NpgsqlBatch(connection))
        {
            var announced = entry as LedgerEntry.Announced;
            if (counts) foreach (var command in CountOf(sighting, announced?.EventId)) write.BatchCommands.Add(command);
            if (announced is not null)
            {
                write.BatchCommands.Add(outbox.InsertOf(
                    sighting.School, EventTypes.Recognized, [(announced.EventId, sighting.Label, EventBody.Of(sighting))], announce,
                    attemptNow: announce));
            }
            if (write.BatchCommands.Count > 0) await write.ExecuteNonQueryAsync(ct);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return entry;
    }

    public async Task<IReadOnlyList<AttendanceDay>> ListDayAsync(
        SchoolId school, DateOnly date, int limit, int offset, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var days = db.AttendanceDays.Where(d => d.SchoolId == school.Value && d.Date == date)
            .OrderByDescending(d => d.LastSeen).ThenBy(d => d.StudentId).Skip(offset).Take(limit);
        return await ReadAsync(db, days, ct);
    }

    public async Task<IReadOnlyList<AttendanceDay>> ListStudentAsync(
        SchoolId school, StudentId student, DateOnly from, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var days = db.AttendanceDays.Where(d => d.SchoolId == school.Value && d.StudentId == student.Value && d.Date >= from)
            .OrderByDescending(d => d.Date);
        return await ReadAsync(db, days, ct);
    }

    private static async Task<bool> HoldAsync(NpgsqlConnection connection, SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var hold = new NpgsqlCommand(HoldStudent, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = student.Value } },
        };
        return await hold.ExecuteScalarAsync(ct) is not null;
    }

    private async Task<LedgerEntry> TakeSlotAsync(NpgsqlConnection connection, Sighting sighting, bool announce, CancellationToken ct)
    {
        var eventId = Guid.CreateVersion7();
        await using var take = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(TakeSlot)
                {
                    Parameters =
                    {
                        new() { Value = sighting.School.Value }, new() { Value = sighting.Label }, new() { Value = eventId },
                        new() { Value = _options.Cooldown }, new() { Value = announce },
                    },
                },
                new(ReadSlot)
                {
                    Parameters =
                    {
                        new() { Value = sighting.School.Value }, new() { Value = sighting.Label }, new() { Value = _options.Cooldown },
                        new() { Value = announce },
                    },
                },
            },
        };
        await using var reader = await take.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return new LedgerEntry.RecordedOnly();
        if (reader.GetGuid(0) == eventId) return new LedgerEntry.Announced(eventId);
        var left = reader.GetTimeSpan(1);
        return new LedgerEntry.CoolingDown(left < LeastLeft ? LeastLeft : left);
    }

    private IEnumerable<NpgsqlBatchCommand> CountOf(Sighting sighting, Guid? eventId)
    {
        var record = RecordId.New();
        if (sighting.Context.ClassSession is { } session)
            yield return AttendanceRecords.SessionSightingOf(record, sighting, session, eventId);
        yield return AttendanceRecords.SightingOf(record, sighting, _calendar.DayOf(sighting.SeenAt), _options.Dedup, eventId);
    }

    private static async Task<IReadOnlyList<AttendanceDay>> ReadAsync(
        AttendanceDb db, IQueryable<AttendanceDayRow> days, CancellationToken ct)
    {
        var rows = await days.Select(d => new
        {
            Day = d,
            FullName = db.Students.Where(s => s.SchoolId == d.SchoolId && s.Id == d.StudentId).Select(s => s.FullName).FirstOrDefault(),
        }).ToListAsync(ct);
        return [.. rows.Select(r =>
            new AttendanceDay(new(r.Day.StudentId), r.FullName, r.Day.Date, r.Day.FirstSeen, r.Day.LastSeen, r.Day.Hits))];
    }
}
