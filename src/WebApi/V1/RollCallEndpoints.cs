using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A day's class sessions and who is in them.</summary>
/// <param name="Date">Of the school's own calendar.</param>
/// <param name="Sessions">That start on the day, earliest first.</param>
/// <param name="Students">Of the school, whether or not they are expected.</param>
/// <param name="Seen">Students who were seen that day.</param>
internal sealed record RollCallAnswer(DateOnly Date, IReadOnlyList<CalledSessionAnswer> Sessions, int Students, int Seen)
{
    public RollCallAnswer(RollCallView view) : this(
        view.Call.Day, [.. view.Call.Sessions.Select(s => new CalledSessionAnswer(s, view.At))], view.Call.Students, view.Call.Seen)
    {
    }
}

/// <param name="ClassName">The lesson's, or else that of all its students when it is one class.</param>
/// <param name="Entries">By student id; empty where they were not asked for.</param>
internal sealed record CalledSessionAnswer(
    Guid Id, string Name, string? ClassName, DateTimeOffset OpensAt, DateTimeOffset StartsAt, double GraceMinutes, DateTimeOffset EndsAt,
    RollCallCountsAnswer Counts, IReadOnlyList<RosterEntryAnswer> Entries)
{
    public CalledSessionAnswer(CalledSession called, DateTimeOffset now) : this(
        called.Session.Id.Value, called.Session.Name, called.ClassName, called.Session.Window.OpensAt.ToUniversalTime(),
        called.Session.Window.StartsAt.ToUniversalTime(), called.Session.Window.Grace.TotalMinutes,
        called.Session.Window.EndsAt.ToUniversalTime(), new RollCallCountsAnswer(called.CountAt(now)),
        [.. called.Entries.Select(RosterEntryAnswer.Of)])
    {
    }
}

/// <param name="Missing">Expected in a session that has begun and not ended, and not recorded; later they are absent.</param>
/// <param name="NeedsReview">Of those counted by their status, how many wait for a person's look.</param>
internal sealed record RollCallCountsAnswer(int Present, int Late, int Missing, int Absent, int Excused, int Sick, int NeedsReview)
{
    public RollCallCountsAnswer(RollCallCounts counts) : this(
        counts.Statuses[AttendanceStatus.Present], counts.Statuses[AttendanceStatus.Late], counts.Missing,
        counts.Statuses[AttendanceStatus.Absent], counts.Statuses[AttendanceStatus.Excused], counts.Statuses[AttendanceStatus.Sick],
        counts.NeedsReview)
    {
    }
}

/// <summary>GET /api/v1/roll-call.</summary>
internal static class RollCallEndpoints
{
    private const string Id = "019a0000-0000-7000-8000-000000000000";

    private const string Example =
        $$"""{"date":"2026-01-05","sessions":[{"id":"{{Id}}","name":"7B Mathematics","class_name":"7B","opens_at":"2026-01-04T23:45:00+00:00","starts_at":"2026-01-05T00:00:00+00:00","grace_minutes":10,"ends_at":"2026-01-05T00:45:00+00:00","counts":{"present":0,"late":0,"missing":1,"absent":0,"excused":0,"sick":0,"needs_review":0},"entries":[{"student_id":"siswaA","full_name":"Ayu Lestari","record":null}]}],"students":1,"seen":0}""";

    public static void MapRollCall(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/roll-call", GetAsync).Needs(Scopes.AttendanceRead)
            .Describe("GetRollCall", ApiGroup.ClassSessions, "The roll call of a day",
                "All class sessions that start on the day, each with its roster, what is recorded of each student, and counts. Who has " +
                "no record is missing from the session's start to its end, and absent after that.")
            .TakesQuery<DateOnly>("date", "YYYY-MM-DD, a day of the school's own time zone; today when absent.")
            .TakesQuery<string>("class_name", "Only sessions that expect students of this class, to the letter.")
            .TakesQuery("entries", "false: counts alone, which is much less in a large school; entries are empty then.", true)
            .Answers<RollCallAnswer>(200, "The day", Example).AnswersUsualProblems();

    private static async Task<Results<Ok<RollCallAnswer>, ProblemAnswer>> GetAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var day = fields.Strictly("date", RequestFields.ParseDay, RequestFields.DayRule, "date_parsing");
        var className = fields.OptionalText("class_name", maxLength: 100, RequestFields.Query);
        var withEntries = fields.Flag("entries", absent: true, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        var called = await mediator.Send(new GetRollCall(http.School(), day, className, withEntries), ct);
        return called.ToOk(view => new RollCallAnswer(view));
    }
}
