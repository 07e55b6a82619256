using FaceAttendance.Application;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Attendance and the events that announce it, in PostgreSQL. Thread-safe.</summary>
internal sealed class AttendanceLedger(
    NpgsqlDataSource database, IDbContextFactory<AttendanceDb> contexts, EventWriter events, StorageKeys keys,
    IOptions<AttendanceOptions> options, IOptions<PrivacyOptions> privacy, ISchoolCalendars calendars,
    TimeProvider clock) : IAttendanceLedger
{
    // Keeps the student from being removed until the transaction ends, and lets any number of sightings pass side by side.
    private const string HoldStudent = $"{HoldWhoIsThere} FOR KEY SHARE";

    private const string HoldWhoIsThere = "SELECT 1 FROM students WHERE school_id = $1 AND id = $2";

    // Who bears the id now, if they bore it then.
    private const string HoldSeen = $"{HoldWhoIsThere} AND created_at <= $3 FOR KEY SHARE";

    private const string TakeHeld =
        "INSERT INTO held_sightings (school_id, id, expires_at) VALUES ($1, $2, $3) ON CONFLICT (school_id, id) DO NOTHING";

    private const string ReadHeld = "SELECT record_id FROM held_sightings WHERE school_id = $1 AND id = $2";

    private const string SettleHeld =
        """
        UPDATE held_sightings SET record_id = (
            SELECT r.id FROM attendance_records AS r WHERE r.school_id = $1 AND r.student_id = $3 AND r.at = $4 AND r.origin = 'camera'
            ORDER BY r.session_id NULLS LAST LIMIT 1)
        WHERE school_id = $1 AND id = $2 RETURNING record_id
        """;

    private const string FindRecord = "SELECT 1 FROM attendance_records WHERE school_id = $1 AND id = $2";

    private readonly AttendanceOptions _options = options.Value;

    public async Task<LedgerEntry> RecordAsync(Sighting sighting, CancellationToken ct)
    {
        using var span = ServerTrace.Start("ledger");
        var record = RecordId.New();
        var told = new NewEvent(Guid.CreateVersion7(), sighting.Label, EventBody.Of(sighting), record);
        await using var connection = await database.OpenConnectionAsync(ct);
        // All in one way to the database and back: a batch is a transaction, and what is written depends on what stands there by then.
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in CommandsOf(sighting, record, told)) batch.BatchCommands.Add(command);

        var since = clock.GetTimestamp();
        // From here on a caller who hangs up would not know what became of it.
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        var isThere = await reader.ReadAsync(CancellationToken.None) || sighting.Student is null;
        await reader.NextResultAsync(CancellationToken.None);
        var isRecorded = Records(sighting) && await reader.ReadAsync(CancellationToken.None);
        if (Records(sighting)) await reader.NextResultAsync(CancellationToken.None);
        var announcement = await EventWriter.ReadAnnouncementAsync(reader, sighting.School, told, since);
        // At the end of the answers it is committed.
        await reader.NextResultAsync(CancellationToken.None);
        var entry = isThere ? EntryOf(announcement, told) : new LedgerEntry.StudentRemoved();
        return isRecorded ? entry with { Record = record } : entry;
    }

    public async Task<(LedgerEntry Entry, RecordId? Record)> RecordHeldAsync(HeldSighting held, CancellationToken ct)
    {
        using var span = ServerTrace.Start("ledger");
        var sighting = held.Sighting;
        var (school, student, seenAt) = (sighting.School.Value, sighting.Label, sighting.SeenAt.ToUniversalTime());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var hold = Command(HoldSeen, connection, school, student, seenAt))
        {
            if (await hold.ExecuteScalarAsync(ct) is null) return (new LedgerEntry.StudentRemoved(), null);
        }
        // A second delivery waits here for the end of the first.
        await using (var take = Command(TakeHeld, connection, school, held.Id, held.ExpiresAt.ToUniversalTime()))
        {
            if (await take.ExecuteNonQueryAsync(ct) == 0)
            {
                await using var read = Command(ReadHeld, connection, school, held.Id);
                return (new LedgerEntry.Repeated(), RecordOf(await read.ExecuteScalarAsync(ct)));
            }
        }

        var record = RecordId.New();
        var told = new NewEvent(Guid.CreateVersion7(), sighting.Label, EventBody.Of(sighting), record);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in RecordsOf(sighting, record)) batch.BatchCommands.Add(command);
        foreach (var command in events.AnnouncementOf(sighting.School, EventTypes.Recognized, told, _options.Cooldown, seenAt))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new(SettleHeld)
        {
            Parameters = { new() { Value = school }, new() { Value = held.Id }, new() { Value = student }, new() { Value = seenAt } },
        });
        Announcement announcement;
        object? left;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            announcement = await EventWriter.ReadAnnouncementAsync(reader, sighting.School, told, clock.GetTimestamp());
            await reader.NextResultAsync(ct);
            await reader.ReadAsync(ct);
            left = reader.GetValue(0);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return (EntryOf(announcement with { First = null }, told), RecordOf(left));
    }

    private bool Records(Sighting sighting) => _options.RecordLocally && sighting.Student is not null;

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

    private IEnumerable<NpgsqlBatchCommand> CommandsOf(Sighting sighting, RecordId record, NewEvent told)
    {
        yield return new(HoldStudent) { Parameters = { new() { Value = sighting.School.Value }, new() { Value = sighting.Label } } };
        foreach (var command in RecordsOf(sighting, record)) yield return command;
        if (Records(sighting))
            yield return new(FindRecord) { Parameters = { new() { Value = sighting.School.Value }, new() { Value = record.Value } } };
        var announcement = events.AnnouncementOf(sighting.School, EventTypes.Recognized, told, _options.Cooldown);
        foreach (var command in announcement) yield return command;
    }

    private IEnumerable<NpgsqlBatchCommand> RecordsOf(Sighting sighting, RecordId record)
    {
        if (!Records(sighting)) yield break;
        // A session of the client's own naming is none of the school's.
        if (sighting.Context.SessionId is null || sighting.Context.ClassSession is not null)
            yield return AttendanceRecords.SessionSightingOf(record, sighting, sighting.Context.ClassSession);
        yield return AttendanceRecords.SightingOf(record, sighting, DayOf(sighting), _options.Dedup);
        if (sighting is { Student: { } student, Face: { } face } && privacy.Value.SightingDays > 0)
            yield return SightingFaces.InsertOf(keys, sighting.School, record, student, face);
    }

    private static LedgerEntry EntryOf(Announcement announcement, NewEvent told) => announcement switch
    {
        { IsWanted: false } => new LedgerEntry.RecordedOnly(),
        { Left: { } left } => new LedgerEntry.CoolingDown(left),
        { First: var first } => new LedgerEntry.Announced(told.Id, first),
    };

    private static RecordId? RecordOf(object? id) => id is Guid known ? new RecordId(known) : null;

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, params IEnumerable<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
    private DateOnly DayOf(Sighting sighting) => calendars.Of(sighting.School).DayOf(sighting.SeenAt);

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
