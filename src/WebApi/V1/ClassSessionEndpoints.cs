using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/class-sessions with rosters, and /api/v1/attendance/manual.</summary>
internal static class ClassSessionEndpoints
{
    // What a school that says nothing gets: doors open a quarter of an hour before, and ten minutes late is not late yet.
    private static readonly TimeSpan UsualOpening = TimeSpan.FromMinutes(15);
    private const double UsualGraceMinutes = 10;

    private const string Id = "019a0000-0000-7000-8000-000000000000";

    private const string Request =
        """{"name":"7B Mathematics","opens_at":"2026-01-05T06:45:00+07:00","starts_at":"2026-01-05T07:00:00+07:00","grace_minutes":10,"ends_at":"2026-01-05T07:45:00+07:00","roster":["siswaA"]}""";

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
            .Describe("Class sessions, v1", "Class sessions by their start", "Earliest first, at most 200.")
            .TakesQuery("from", ParameterKind.Text, "Start of the span, with its offset; a day ago when absent")
            .TakesQuery("to", ParameterKind.Text, "End of the span; a week after from when absent")
            .Answers(200, "The sessions", $$"""{"items":[{{Listed}}]}""").AnswersUsualProblems();
        sessions.MapPost("/", AddAsync).Needs(Scopes.AttendanceWrite)
            .Describe("Class sessions, v1", "Announce a class session",
                "opens_at is 15 minutes before starts_at when absent, grace_minutes 10. From opens_at to the grace's end a check-in is present, then late until ends_at; who on the roster has no record then is marked absent.")
            .TakesJson(Request).WithMetadata(JsonFields.Limit)
            .Answers(201, "Announced", Whole)
            .AnswersProblem(400, "The times do not follow one another", "session.invalid_window")
            .AnswersProblem(422, "The roster names unknown students", "session.unknown_students").AnswersUsualProblems();
        sessions.MapGet("/{id:guid}", FindAsync).Needs(Scopes.AttendanceRead)
            .Describe("Class sessions, v1", "One class session with the attendance of its roster")
            .Answers(200, "The session", Whole).AnswersProblem(404, NoSuchSession, "session.not_found").AnswersUsualProblems();
        sessions.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.AttendanceWrite)
            .Describe("Class sessions, v1", "Announce a class session anew",
                "Name, window and roster as a whole, until its absences are written. A student with attendance in it stays on the roster, and times that would make another status of a check-in or a camera's sighting are refused.")
            .TakesJson(Request).WithMetadata(JsonFields.Limit)
            .Answers(200, "The session as it is now", Whole)
            .AnswersProblem(400, "The times do not follow one another", "session.invalid_window")
            .AnswersProblem(404, NoSuchSession, "session.not_found")
            .AnswersProblem(409, "It is over, or what is recorded contradicts", "session.settled")
            .AnswersProblem(422, "The roster names unknown students", "session.unknown_students").AnswersUsualProblems();
        sessions.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.AttendanceWrite)
            .Describe("Class sessions, v1", "Remove a class session without attendance")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchSession, "session.not_found")
            .AnswersProblem(409, "It holds attendance", "session.has_records").AnswersUsualProblems();
        app.MapPost("/api/v1/attendance/manual", MarkAsync).Needs(Scopes.AttendanceWrite)
            .Describe("Class sessions, v1", "Mark a student by hand",
                "status: present, late or absent. In a class session the mark takes the place of what stood there; the audit log keeps that. With replaces it takes the place of that record of the student, such as a check-in that waits for a look. An Idempotency-Key header makes a retry the same request: it gets the first answer again.")
            .TakesJson(Mark).WithMetadata(JsonFields.Limit)
            .Answers(201, "Marked", Record).AnswersProblem(404, "No such student, class session or record", "student.not_found")
            .AnswersProblem(422, "The Idempotency-Key was used for another request", "attendance.key_reused").AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<FieldFault>();
        var from = Instant(http, "from", faults) ?? clock.GetUtcNow().AddDays(-1);
        var to = Instant(http, "to", faults) ?? from.AddDays(7);
        if (faults.Count > 0) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListClassSessions(http.School(), from, to, Limit: 200), ct);
        return listed.Match(
            items => new JsonAnswer(StatusCodes.Status200OK, null, json => Pages.WriteItems(json, items, Write)), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var (announced, refusal) = ReadAnnouncement(fields);
        if (refusal is not null) return refusal;
        var added = await mediator.Send(new AddClassSession(http.School(), announced.Name, announced.Window, announced.Roster), ct);
        if (added.Error is { } refused) return refused.ToProblem();
        http.Response.Headers.Location = $"/api/v1/class-sessions/{added.Value.Id}";
        return await ShowAsync(added.Value.Id.Value, http, mediator, StatusCodes.Status201Created, ct);
    }

    private static async Task<IResult> ReplaceAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var (announced, refusal) = ReadAnnouncement(fields);
        if (refusal is not null) return refusal;
        var replaced = await mediator.Send(new ReplaceClassSession(http.School(), new(id), announced.Name, announced.Window, announced.Roster), ct);
        return replaced.Error is { } refused ? refused.ToProblem() : await ShowAsync(id, http, mediator, StatusCodes.Status200OK, ct);
    }

    private static ((string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster) Announced, IResult? Refusal) ReadAnnouncement(JsonFields fields)
    {
        var name = fields.RequiredText("name");
        var startsAt = fields.RequiredInstant("starts_at");
        var endsAt = fields.RequiredInstant("ends_at");
        var given = fields.OptionalInstant("opens_at");
        var graceMinutes = fields.Number("grace_minutes", absent: UsualGraceMinutes);
        // Beyond what a session can last the number of minutes may not even be a span of time.
        if (Math.Abs(graceMinutes) > ClassWindow.MaxLength.TotalMinutes) graceMinutes = -1;
        var roster = fields.StudentIds("roster");
        if (fields.Faults is { } faults) return (default, ErrorMapping.ToProblem(faults));

        var window = ClassWindow.Create(given ?? startsAt - UsualOpening, startsAt, TimeSpan.FromMinutes(graceMinutes), endsAt);
        return window.Error is { } faulty ? (default, faulty.ToProblem()) : ((name, window.Value, roster), null);
    }

    private static Task<IResult> FindAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        ShowAsync(id, http, mediator, StatusCodes.Status200OK, ct);

    private static async Task<IResult> ShowAsync(Guid id, HttpContext http, IMediator mediator, int status, CancellationToken ct)
    {
        var found = await mediator.Send(new GetClassSession(http.School(), new(id)), ct);
        return found.Match(
            view => new JsonAnswer(status, null, json =>
            {
                Write(json, view.Session);
                json.WriteStartArray("attendance");
                foreach (var entry in view.Entries)
                {
                    json.WriteStartObject();
                    json.WriteString("student_id", entry.Student.Value);
                    json.WriteString("full_name", entry.FullName);
                    if (entry.Record is { } record)
                    {
                        json.WriteStartObject("record");
                        Write(json, record);
                        json.WriteEndObject();
                    }
                    else json.WriteNull("record");
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var removed = await mediator.Send(new RemoveClassSession(http.School(), new(id)), ct);
        return removed.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> MarkAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var student = fields.RequiredStudentId("student_id");
        var status = AttendanceWords.ParseStatus(fields.OptionalText("status"))
            ?? fields.Fault("status", "Input should be present, late or absent", "enum", AttendanceStatus.Present);
        var reason = fields.RequiredText("reason");
        var session = fields.OptionalId("class_session_id") is { } id ? new ClassSessionId(id) : (ClassSessionId?)null;
        var at = fields.OptionalInstant("at");
        var replaces = fields.OptionalId("replaces") is { } named ? new RecordId(named) : (RecordId?)null;
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var key = http.Request.Headers.TryGetValue(CheckInEndpoints.KeyHeader, out var given) ? given.ToString() : null;
        var marked = await mediator.Send(new MarkAttendance(http.School(), student, session, status, at, reason, key, replaces), ct);
        return marked.Match(record => new JsonAnswer(StatusCodes.Status201Created, null, json => Write(json, record)), ErrorMapping.ToProblem);
    }

    private static DateTimeOffset? Instant(HttpContext http, string field, List<FieldFault> faults)
    {
        if (!http.Request.Query.TryGetValue(field, out var given)) return null;
        // In a query an offset's plus arrives as a space when nobody escaped it.
        if (JsonFields.ParseInstant(given.ToString().Replace(' ', '+')) is { } instant) return instant;
        faults.Add(new(RequestFields.Query, field, JsonFields.InstantRule, "datetime_parsing"));
        return null;
    }

    private static void Write(Utf8JsonWriter json, ClassSession session)
    {
        json.WriteString("id", session.Id.Value);
        json.WriteString("name", session.Name);
        json.WriteString("opens_at", session.Window.OpensAt.ToUniversalTime());
        json.WriteString("starts_at", session.Window.StartsAt.ToUniversalTime());
        json.WriteNumber("grace_minutes", session.Window.Grace.TotalMinutes);
        json.WriteString("ends_at", session.Window.EndsAt.ToUniversalTime());
        if (session.SettledAt is { } settledAt) json.WriteString("settled_at", settledAt.ToUniversalTime());
        else json.WriteNull("settled_at");
    }

    internal static void Write(Utf8JsonWriter json, AttendanceRecord record)
    {
        json.WriteString("id", record.Id.Value);
        json.WriteString("student_id", record.Student.Value);
        if (record.Session is { } session) json.WriteString("class_session_id", session.Value);
        else json.WriteNull("class_session_id");
        json.WriteString("at", record.At.ToUniversalTime());
        json.WriteString("status", AttendanceWords.Of(record.Status));
        json.WriteString("origin", AttendanceWords.Of(record.Origin));
        json.WriteBoolean("needs_review", record.NeedsReview);
        json.WritePropertyName("evidence");
        json.WriteRawValue(record.EvidenceJson);
    }
}
