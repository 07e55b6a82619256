using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A lesson or a day that students are expected at.</summary>
/// <param name="GraceMinutes">After the start, in which coming is not late yet.</param>
/// <param name="SettledAt">When its absences were written; null before.</param>
internal record ClassSessionAnswer(
    Guid Id, string Name, DateTimeOffset OpensAt, DateTimeOffset StartsAt, double GraceMinutes, DateTimeOffset EndsAt,
    DateTimeOffset? SettledAt)
{
    public ClassSessionAnswer(ClassSession session) : this(
        session.Id.Value, session.Name, session.Window.OpensAt.ToUniversalTime(), session.Window.StartsAt.ToUniversalTime(),
        session.Window.Grace.TotalMinutes,
        session.Window.EndsAt.ToUniversalTime(), session.SettledAt?.ToUniversalTime())
    {
    }
}

/// <summary>A student of the roster.</summary>
/// <param name="Record">Null while nothing is recorded.</param>
internal sealed record RosterEntryAnswer(string StudentId, string? FullName, AttendanceRecordAnswer? Record)
{
    public static RosterEntryAnswer Of(RosterEntry entry) =>
        new(entry.Student.Value, entry.FullName, entry.Record is { } record ? new AttendanceRecordAnswer(record) : null);

    public override string ToString() => $"RosterEntryAnswer({StudentId})";
}

/// <summary>A class session with the attendance of its roster.</summary>
internal sealed record ClassSessionWithAttendance : ClassSessionAnswer
{
    public ClassSessionWithAttendance(ClassSessionView view) : base(view.Session) =>
        Attendance = [.. view.Entries.Select(RosterEntryAnswer.Of)];

    [JsonPropertyOrder(1)]
    public IReadOnlyList<RosterEntryAnswer> Attendance { get; }
}

/// <param name="OpensAt">15 minutes before starts_at when absent.</param>
/// <param name="GraceMinutes">10 when absent.</param>
/// <param name="Roster">Ids of students; nobody when absent.</param>
internal sealed record ClassSessionAnnouncement(
    string Name, DateTimeOffset? OpensAt, DateTimeOffset StartsAt, double? GraceMinutes, DateTimeOffset EndsAt,
    IReadOnlyList<StudentId>? Roster)
    : IJsonBody<ClassSessionAnnouncement>
{
    // What a school that says nothing gets: doors open a quarter of an hour before, and ten minutes late is not late yet.
    private static readonly TimeSpan UsualOpening = TimeSpan.FromMinutes(15);
    private const double UsualGraceMinutes = 10;

    public static ClassSessionAnnouncement Read(JsonFields fields)
    {
        var name = fields.RequiredText("name");
        var (startsAt, endsAt) = (fields.RequiredInstant("starts_at"), fields.RequiredInstant("ends_at"));
        return new(
            name, fields.OptionalInstant("opens_at"), startsAt, fields.Number("grace_minutes", absent: UsualGraceMinutes), endsAt,
            fields.StudentIds("roster"));
    }

    public Result<ClassWindow> Window()
    {
        // Beyond what a session can last the number of minutes may not even be a span of time.
        var grace = GraceMinutes is { } minutes && Math.Abs(minutes) <= ClassWindow.MaxLength.TotalMinutes ? minutes : -1;
        return ClassWindow.Create(OpensAt ?? StartsAt - UsualOpening, StartsAt, TimeSpan.FromMinutes(grace), EndsAt);
    }
}

/// <param name="Reason">Kept with the record and in the audit log.</param>
/// <param name="At">Now when absent.</param>
/// <param name="Replaces">The student's record whose place it takes, such as a check-in that waits for a look.</param>
internal sealed record NewMark(
    StudentId StudentId, AttendanceStatus Status, string Reason, Guid? ClassSessionId, DateTimeOffset? At, Guid? Replaces)
        : IJsonBody<NewMark>
{
    public static NewMark Read(JsonFields fields) => new(
        fields.RequiredStudentId("student_id"), fields.Word<AttendanceStatus>("status", fields.OptionalText("status")),
        fields.RequiredText("reason"),
        fields.OptionalId("class_session_id"), fields.OptionalInstant("at"), fields.OptionalId("replaces"));

    public override string ToString() => $"NewMark({StudentId})";
}

/// <summary>/api/v1/class-sessions with rosters, and /api/v1/attendance/manual.</summary>
internal static class ClassSessionEndpoints
{
    private const string Id = "019a0000-0000-7000-8000-000000000000";

    private const string Request =
        """{"name":"7B Mathematics","opens_at":"2026-01-05T06:45:00+07:00","starts_at":"2026-01-05T07:00:00+07:00","grace_minutes":10,"ends_at":"2026-01-05T07:45:00+07:00","roster":[]}""";

    private const string Listed =
        $$"""{"id":"{{Id}}","name":"7B Mathematics","opens_at":"2026-01-04T23:45:00+00:00","starts_at":"2026-01-05T00:00:00+00:00","grace_minutes":10,"ends_at":"2026-01-05T00:45:00+00:00","settled_at":null}""";

    private const string Record =
        $$$"""{"id":"{{{Id}}}","student_id":"siswaA","class_session_id":"{{{Id}}}","at":"2026-01-05T00:03:00+00:00","status":"present","origin":"check_in","needs_review":false,"evidence":{"verdict":"inside","distance_m":-14.2}}""";

    private const string Whole =
        $$$"""{"id":"{{{Id}}}","name":"7B Mathematics","opens_at":"2026-01-04T23:45:00+00:00","starts_at":"2026-01-05T00:00:00+00:00","grace_minutes":10,"ends_at":"2026-01-05T00:45:00+00:00","settled_at":null,"attendance":[{"student_id":"siswaA","full_name":"Ayu Lestari","record":{{{Record}}} }]}""";

    private const string Mark =
        """{"student_id":"siswaA","status":"present","reason":"Phone was broken; seen in class.","class_session_id":null,"at":"2026-01-05T07:03:00+07:00"}""";

    private const string NoSuchSession = "No such class session";

    public static void MapClassSessions(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/api/v1/class-sessions");
        sessions.MapGet("/", ListAsync).Needs(Scopes.AttendanceRead)
            .Describe("ListClassSessions", ApiGroup.ClassSessions, "Class sessions by their start", "Earliest first, at most 200.")
            .TakesQuery<DateTimeOffset>("from", "Start of the span, with its offset; a day ago when absent")
            .TakesQuery<DateTimeOffset>("to", "End of the span; a week after from when absent")
            .Answers<Listing<ClassSessionAnswer>>(200, "The sessions", $$"""{"items":[{{Listed}}]}""").AnswersUsualProblems();
        sessions.MapPost("/", AddAsync).Needs(Scopes.AttendanceWrite)
            .Describe("AnnounceClassSession", ApiGroup.ClassSessions, "Announce a class session",
                "opens_at is 15 minutes before starts_at when absent, grace_minutes 10. From opens_at to the grace's end a check-in is " +
                "present, then late until ends_at; who on the roster has no record then is marked absent.")
            .TakesJson<ClassSessionAnnouncement>(Request)
            .Answers<ClassSessionWithAttendance>(201, "Announced", Whole)
            .AnswersProblem(400, "The times do not follow one another", "session.invalid_window")
            .AnswersProblem(422, "The roster names unknown students", "session.unknown_students").AnswersUsualProblems();
        sessions.MapGet("/{id:guid}", FindAsync).Needs(Scopes.AttendanceRead)
            .Describe("GetClassSession", ApiGroup.ClassSessions, "One class session with the attendance of its roster")
            .Answers<ClassSessionWithAttendance>(200, "The session", Whole).AnswersProblem(404, NoSuchSession, "session.not_found")
            .AnswersUsualProblems();
        sessions.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.AttendanceWrite)
            .Describe("ReplaceClassSession", ApiGroup.ClassSessions, "Announce a class session anew",
                "Name, window and roster as a whole, until its absences are written. A student with attendance in it stays on the " +
                "roster, and times that would make another status of a check-in or a camera's sighting are refused.")
            .TakesJson<ClassSessionAnnouncement>(Request)
            .Answers<ClassSessionWithAttendance>(200, "The session as it is now", Whole)
            .AnswersProblem(400, "The times do not follow one another", "session.invalid_window")
            .AnswersProblem(404, NoSuchSession, "session.not_found")
            .AnswersProblem(409, "It is over, or what is recorded contradicts", "session.settled")
            .AnswersProblem(422, "The roster names unknown students", "session.unknown_students").AnswersUsualProblems();
        sessions.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.AttendanceWrite)
            .Describe("RemoveClassSession", ApiGroup.ClassSessions, "Remove a class session without attendance")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchSession, "session.not_found")
            .AnswersProblem(409, "It holds attendance", "session.has_records").AnswersUsualProblems();
        app.MapPost("/api/v1/attendance/manual", MarkAsync).Needs(Scopes.AttendanceWrite)
            .Describe("MarkAttendance", ApiGroup.ClassSessions, "Mark a student by hand",
                "status: present, late, absent, excused or sick; the last two are given by hand alone. In a class session the mark takes " +
                "the place of what stood there; the audit log keeps that. With replaces it takes the place of that record of the " +
                "student, such as a check-in that waits for a look. An Idempotency-Key header makes a retry the same request: it gets " +
                "the first answer again.")
            .TakesJson<NewMark>(Mark).TakesKey()
            .Answers<AttendanceRecordAnswer>(201, "Marked", Record)
            .AnswersProblem(404, "No such student, class session or record", "student.not_found")
            .AnswersProblem(422, "The Idempotency-Key was used for another request", "attendance.key_reused").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Listing<ClassSessionAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var from = fields.Strictly("from", RequestFields.ParseMoment, JsonFields.InstantRule, "datetime_parsing") ?? clock.GetUtcNow()
            .AddDays(-1);
        var to = fields.Strictly("to", RequestFields.ParseMoment, JsonFields.InstantRule, "datetime_parsing") ?? from.AddDays(7);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListClassSessions(http.School(), from, to, Limit: 200), ct);
        return listed.ToOk(sessions => Pages.Of(sessions, session => new ClassSessionAnswer(session)));
    }

    private static async Task<Results<Created<ClassSessionWithAttendance>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (announced, window) = read.Value;
        var added = await mediator.Send(new AddClassSession(http.School(), announced.Name, window, announced.Roster!), ct);
        if (added.Error is { } refused) return refused.ToProblem();
        return (await mediator.Send(new GetClassSession(http.School(), added.Value.Id), ct))
            .ToCreated(view => new ClassSessionWithAttendance(view), view => $"/api/v1/class-sessions/{view.Session.Id}");
    }

    private static async Task<Results<Ok<ClassSessionWithAttendance>, ProblemAnswer>> ReplaceAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (announced, window) = read.Value;
        var replaced = await mediator.Send(new ReplaceClassSession(http.School(), new(id), announced.Name, window, announced.Roster!), ct);
        return replaced.Error is { } refused ? refused.ToProblem() : await FindAsync(id, http, mediator, ct);
    }

    private static async Task<Result<(ClassSessionAnnouncement Announced, ClassWindow Window)>> ReadAsync(
        HttpRequest request, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<ClassSessionAnnouncement>(request, ct);
        if (read.Error is { } unreadable) return unreadable;
        return read.Value.Window().Match<Result<(ClassSessionAnnouncement, ClassWindow)>>(window => (read.Value, window), error => error);
    }

    private static async Task<Results<Ok<ClassSessionWithAttendance>, ProblemAnswer>> FindAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetClassSession(http.School(), new(id)), ct)).ToOk(view => new ClassSessionWithAttendance(view));

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveClassSession(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<Results<Created<AttendanceRecordAnswer>, ProblemAnswer>> MarkAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewMark>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var mark = read.Value;
        var session = mark.ClassSessionId is { } id ? new ClassSessionId(id) : (ClassSessionId?)null;
        var replaces = mark.Replaces is { } named ? new RecordId(named) : (RecordId?)null;
        var marked = await mediator.Send(
            new MarkAttendance(
                http.School(), mark.StudentId, session, mark.Status, mark.At, mark.Reason, IdempotencyKeys.Of(http), replaces), ct);
        return marked.ToCreated(record => new AttendanceRecordAnswer(record));
    }
}
