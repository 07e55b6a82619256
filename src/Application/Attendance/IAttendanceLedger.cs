using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Attendance;
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

    /// <summary>
    /// Records a held sighting as <see cref="RecordAsync"/> does, once however often it comes. What is announced within the cooldown is
    /// judged by the times at which faces were seen, and delivered in the background. One from before the student was made is of
    /// another who bore the id.
    /// </summary>
    /// <returns>The record that it left then; null when it counted for nothing more than what was there.</returns>
    Task<(LedgerEntry Entry, RecordId? Record)> RecordHeldAsync(HeldSighting held, CancellationToken ct);

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

    /// <summary>The attendance record that the sighting left; null where it counted for none.</summary>
    public RecordId? Record { get; init; }

    /// <summary>What became of the event, where its first attempt is not the caller's to make.</summary>
    internal DispatchReport Report => this switch
    {
        Announced => DispatchReport.InBackground,
        CoolingDown cooling => DispatchReport.CoolingDown(cooling.Left),
        RecordedOnly => DispatchReport.WebhookDisabled,
        StudentRemoved => DispatchReport.StudentRemoved,
        var other => throw new InvalidOperationException($"Unforeseen ledger entry {other.GetType().Name}."),
    };

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

    /// <summary>The held sighting was recorded before; nothing is written.</summary>
    public sealed record Repeated : LedgerEntry;
}

/// <summary>A student's attendance of one day.</summary>
/// <param name="Hits">Sightings that counted, at least one.</param>
public sealed record AttendanceDay(
    StudentId Student, string? FullName, DateOnly Date, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, int Hits);
