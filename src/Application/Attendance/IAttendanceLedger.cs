using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>Attendance and the events that announce it.</summary>
public interface IAttendanceLedger
{
    /// <summary>
    /// Takes the student's cooldown slot, writes the day's attendance and the outbox row. One transaction; the slot is decided by the
    /// database's clock, so that any number of processes agree. When nobody wants the event no slot is taken.
    /// </summary>
    /// <remarks>
    /// The cooldown limits what is announced, never what is recorded: a sighting inside it makes no event and still counts for the day when
    /// <see cref="AttendanceOptions.Dedup"/> says so. The day and its times are those of <see cref="Sighting.SeenAt"/>, as in the event.
    /// </remarks>
    Task<LedgerEntry> RecordAsync(Sighting sighting, CancellationToken ct);

    /// <summary>Who was seen on one day in the school's time zone, latest first.</summary>
    Task<IReadOnlyList<AttendanceDay>> ListDayAsync(SchoolId school, DateOnly date, int limit, int offset, CancellationToken ct);

    /// <summary>A student's days from <paramref name="from"/> on, newest first.</summary>
    Task<IReadOnlyList<AttendanceDay>> ListStudentAsync(SchoolId school, StudentId student, DateOnly from, CancellationToken ct);
}

/// <summary>What came of recording a sighting.</summary>
public abstract record LedgerEntry
{
    private LedgerEntry()
    {
    }

    /// <summary>Another event holds the student's cooldown slot, taken by whichever server process; the day's attendance is recorded all
    /// the same.</summary>
    /// <param name="Left">Until the slot is free; greater than zero.</param>
    public sealed record CoolingDown(TimeSpan Left) : LedgerEntry;

    /// <summary>The attendance is recorded and its event stands in the outbox.</summary>
    /// <param name="First">Its way to the operator's endpoint, leased to this process; null when that is not told.</param>
    public sealed record Announced(Guid EventId, LeasedDelivery? First) : LedgerEntry;

    /// <summary>The attendance is recorded; no endpoint wants to be told, so there is nothing to deliver.</summary>
    public sealed record RecordedOnly : LedgerEntry;

    /// <summary>The student was removed between recognition and recording; nothing is written.</summary>
    public sealed record StudentRemoved : LedgerEntry;
}

/// <summary>A student's attendance of one day.</summary>
/// <param name="Hits">Sightings that counted, at least one.</param>
public sealed record AttendanceDay(
    StudentId Student, string? FullName, DateOnly Date, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, int Hits);
