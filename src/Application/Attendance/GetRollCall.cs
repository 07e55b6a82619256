using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Who is where on a day of the school's calendar.</summary>
/// <param name="Day">Null is today.</param>
/// <param name="ClassName">Only sessions that expect students of this class; null for all.</param>
/// <param name="WithEntries">Whether each student comes along, or their numbers alone.</param>
public sealed record GetRollCall(SchoolId School, DateOnly? Day, string? ClassName = null, bool WithEntries = true)
    : IRequest<Result<RollCallView>>;

/// <param name="Sessions">That start on the day, earliest first.</param>
/// <param name="Students">Of the school, whether or not they are expected.</param>
/// <param name="Seen">Students who were seen that day.</param>
public sealed record RollCall(DateOnly Day, IReadOnlyList<CalledSession> Sessions, int Students, int Seen);

/// <param name="Status">Null for students without a record.</param>
public readonly record struct RollCallTally(AttendanceStatus? Status, bool NeedsReview, int Students);

/// <summary>A class session and its roster.</summary>
/// <param name="ClassName">The lesson's, or else that of all its students when it is one class.</param>
/// <param name="Tallies">The roster in numbers, together all of it.</param>
/// <param name="Entries">Empty where they were not asked for.</param>
public sealed record CalledSession(
    ClassSession Session, string? ClassName, IReadOnlyList<RollCallTally> Tallies, IReadOnlyList<RosterEntry> Entries)
{
    public RollCallCounts CountAt(DateTimeOffset now)
    {
        var unknown = Tallies.Where(t => t.Status is null).Sum(t => t.Students);
        var window = Session.Window;
        var statuses = Enum.GetValues<AttendanceStatus>()
            .ToDictionary(s => s, s => Tallies.Where(t => t.Status == s).Sum(t => t.Students));
        // The absences of a session that has ended are written a moment later.
        if (now > window.EndsAt) statuses[AttendanceStatus.Absent] += unknown;
        var missing = now >= window.StartsAt && now <= window.EndsAt ? unknown : 0;
        return new(statuses, missing, Tallies.Where(t => t.NeedsReview).Sum(t => t.Students));
    }
}

/// <param name="Missing">Expected in a session that has begun and not ended, and not recorded; later they are absent.</param>
/// <param name="NeedsReview">Of those counted by their status, how many wait for a person's look.</param>
public sealed record RollCallCounts(IReadOnlyDictionary<AttendanceStatus, int> Statuses, int Missing, int NeedsReview);

/// <param name="At">By when it is counted.</param>
public sealed record RollCallView(RollCall Call, DateTimeOffset At);

internal sealed class GetRollCallHandler(IRollCalls calls, ISchoolCalendars calendars, TimeProvider clock)
    : IRequestHandler<GetRollCall, Result<RollCallView>>
{
    public async Task<Result<RollCallView>> Handle(GetRollCall query, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var calendar = calendars.Of(query.School);
        var day = query.Day ?? calendar.DayOf(now);
        var (from, before) = (calendar.StartOf(day), calendar.StartOf(day.AddDays(1)));
        return new RollCallView(
            await calls.ReadAsync(query.School, day, from, before, query.ClassName, query.WithEntries, ct), now);
    }
}
