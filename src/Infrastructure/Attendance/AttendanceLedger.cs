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
    NpgsqlDataSource database, IDbContextFactory<AttendanceDb> contexts, EventWriter events, IOptions<AttendanceOptions> options,
    TimeProvider clock) : IAttendanceLedger
{
    // Keeps the student from being removed until the transaction ends, and lets any number of sightings pass side by side.
    private const string HoldStudent = "SELECT 1 FROM students WHERE school_id = $1 AND id = $2 FOR KEY SHARE";

    private readonly AttendanceOptions _options = options.Value;
    private readonly SchoolCalendar _calendar = new(options.Value.TimeZone);

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
        var announcement = await EventWriter.ReadAnnouncementAsync(reader, sighting.School, told, since);
        // At the end of the answers it is committed.
        await reader.NextResultAsync(CancellationToken.None);
        return announcement switch
        {
            _ when !isThere => new LedgerEntry.StudentRemoved(),
            { IsWanted: false } => new LedgerEntry.RecordedOnly(),
            { Left: { } left } => new LedgerEntry.CoolingDown(left),
            { First: var first } => new LedgerEntry.Announced(told.Id, first),
        };
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

    private IEnumerable<NpgsqlBatchCommand> CommandsOf(Sighting sighting, RecordId record, NewEvent told)
    {
        yield return new(HoldStudent) { Parameters = { new() { Value = sighting.School.Value }, new() { Value = sighting.Label } } };
        if (_options.RecordLocally && sighting.Student is not null)
        {
            if (sighting.Context.ClassSession is { } session) yield return AttendanceRecords.SessionSightingOf(record, sighting, session);
            yield return AttendanceRecords.SightingOf(record, sighting, _calendar.DayOf(sighting.SeenAt), _options.Dedup);
        }
        var announcement = events.AnnouncementOf(sighting.School, EventTypes.Recognized, told, _options.Cooldown);
        foreach (var command in announcement) yield return command;
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
