using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Live;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Operations;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>That a student was, or was not, there.</summary>
/// <param name="ClassSessionId">Null outside class sessions.</param>
/// <param name="NeedsReview">It counts, and waits for a person's look.</param>
/// <param name="Evidence">On what it rests, as an object.</param>
internal record AttendanceRecordAnswer(
    Guid Id, string StudentId, Guid? ClassSessionId, DateTimeOffset At, AttendanceStatus Status, AttendanceOrigin Origin, bool NeedsReview,
    WrittenJson Evidence)
{
    public AttendanceRecordAnswer(AttendanceRecord record) : this(
        record.Id.Value, record.Student.Value, record.Session?.Value, record.At.ToUniversalTime(), record.Status, record.Origin,
        record.NeedsReview,
        new(Encoding.UTF8.GetBytes(EvidenceCodec.ToJson(record.Evidence))))
    {
    }

    public override string ToString() => $"AttendanceRecordAnswer({Id})";
}

/// <summary>That a record bore a wrong name.</summary>
/// <param name="RecordId">The record, which counts no more.</param>
/// <param name="StudentId">Who it was; null for nobody whom the school knows.</param>
/// <param name="GivenRecordId">Their record in its place; null where they had one that says as much.</param>
/// <param name="CorrectedBy">Who said so.</param>
/// <param name="NegativeExample">Whether the face is kept so that the student whom the record named is not taken for it again.</param>
internal sealed record CorrectionAnswer(
    Guid Id, Guid RecordId, string? StudentId, Guid? GivenRecordId, string Reason, string CorrectedBy, DateTimeOffset CorrectedAt,
    bool NegativeExample)
{
    public CorrectionAnswer(Correction correction) : this(
        correction.Id.Value, correction.Record.Value, correction.Student?.Value, correction.Given?.Value, correction.Reason, correction.By,
        correction.At.ToUniversalTime(), correction.IsExample)
    {
    }

    public override string ToString() => $"CorrectionAnswer({Id})";
}

/// <param name="StudentId">Who it was; null for nobody whom the school knows.</param>
/// <param name="Reason">Kept with the correction and in the audit log.</param>
internal sealed record WrongName(StudentId? StudentId, string Reason) : IJsonBody<WrongName>
{
    public static WrongName Read(JsonFields fields) => new(fields.OptionalStudentId("student_id"), fields.RequiredText("reason"));

    public override string ToString() => "WrongName(withheld)";
}

/// <summary>A record with the names that go with it.</summary>
internal sealed record AttendanceLineAnswer : AttendanceRecordAnswer
{
    public AttendanceLineAnswer(AttendanceLine line, SchoolCalendar calendar) : base(line.Record) =>
        (FullName, ClassName, ClassSession, LocalAt, Correction) = (
            line.FullName, line.ClassName, line.SessionName, calendar.LocalOf(line.Record.At),
            line.Correction is { } correction ? new CorrectionAnswer(correction) : null);

    [JsonPropertyOrder(1)]
    public string? FullName { get; }

    [JsonPropertyOrder(2)]
    public string? ClassName { get; }

    /// <summary>The class session's name.</summary>
    [JsonPropertyOrder(3)]
    public string? ClassSession { get; }

    /// <summary>What the clock at the school showed.</summary>
    [JsonPropertyOrder(4)]
    public DateTimeOffset LocalAt { get; }

    /// <summary>Null where the record counts.</summary>
    [JsonPropertyOrder(5)]
    public CorrectionAnswer? Correction { get; }

    public override string ToString() => $"AttendanceLineAnswer({Id})";
}

/// <summary>A page of records.</summary>
/// <param name="NextCursor">What cursor takes for the page that follows; null on the last one.</param>
internal sealed record AttendancePage(IReadOnlyList<AttendanceLineAnswer> Items, string? NextCursor);

/// <summary>GET /api/v1/attendance, as JSON page by page or as CSV in one go, and GET /api/v1/attendance.csv.</summary>
internal static class AttendanceRecordEndpoints
{
    private const int CursorLength = 24;

    private const string Item =
        """{"id":"019a0000-0000-7000-8000-000000000000","student_id":"siswaA","class_session_id":null,"at":"2026-01-05T00:03:00+00:00","status":"present","origin":"check_in","needs_review":false,"evidence":{"verdict":"inside","distance_m":-14.2},"full_name":"Ayu Lestari","class_name":"7B","class_session":null,"local_at":"2026-01-05T07:03:00+07:00","correction":null}""";

    private const string Corrected =
        """{"id":"019a0000-0000-7000-8000-000000000002","record_id":"019a0000-0000-7000-8000-000000000000","student_id":"siswaB","given_record_id":"019a0000-0000-7000-8000-000000000003","reason":"It was her sister.","corrected_by":"user:bu-rina","corrected_at":"2026-01-05T00:10:00+00:00","negative_example":true}""";

    private const string Csv =
        "date,time,at,student_id,full_name,class_name,status,origin,needs_review,class_session,class_session_id,record_id\r\n"
        + "2026-01-05,07:03:00,2026-01-05T07:03:00+07:00,siswaA,Ayu Lestari,7B,present,check_in,false,,,"
        + "019a0000-0000-7000-8000-000000000000\r\n";

    private const string Filters =
        """
        `from` and `to` are days of the school's own time zone, both included, or instants with their offset, of which `to` is not included. Records stand
        in the order of their time. In CSV, `date` and `time` are what the clock at the school showed and `at` is the same with its offset; a text that
        begins like a formula has an apostrophe before it.
        """;

    public static void MapAttendanceRecords(this IEndpointRouteBuilder app)
    {
        Filtered(app.MapGet("/api/v1/attendance", ListAsync).AuditsReading(AuditActions.AttendanceListed, "attendance")
            .Describe(
                "ListAttendance", ApiGroup.AttendanceRecords, "Attendance records",
                $"{Filters}\n\nWith `Accept: text/csv` all of them come at once as CSV, otherwise in pages as JSON."))
            .TakesQuery("limit", "1 to 1000; for JSON alone.", 100, 1, 1000)
            .TakesQuery<string>("cursor", "The `next_cursor` of the page before; for JSON alone.")
            .Answers<AttendancePage>(200, "A page", $$"""{"items":[{{Item}}],"next_cursor":null}""")
            .AnswersText(200, "Everything", CsvAnswer.ContentType, Csv).AnswersUsualProblems();
        Filtered(app.MapGet("/api/v1/attendance.csv", ExportAsync).AuditsReading(AuditActions.AttendanceExported, "attendance")
            .Describe("ExportAttendance", ApiGroup.AttendanceRecords, "Attendance records as CSV", Filters))
            .AnswersText(200, "Everything", CsvAnswer.ContentType, Csv).AnswersUsualProblems();
        app.MapPost("/api/v1/attendance/{id:guid}/correction", CorrectAsync).Needs(Scopes.AttendanceWrite)
            .Describe("CorrectAttendance", ApiGroup.AttendanceRecords, "A record bears a wrong name",
                "The record counts no more, and stays as it was under corrected=true. The student whom it was gets its attendance, as a " +
                "mark by hand with the same time and status; null for nobody whom the school knows. A camera's face of the last days " +
                "becomes a negative example of whom it was taken for. Endpoints that want it hear attendance.corrected. Asked for again " +
                "in the same words it answers what stands.")
            .TakesJson<WrongName>("""{"student_id":"siswaB","reason":"It was her sister."}""")
            .Answers<CorrectionAnswer>(201, "Corrected", Corrected)
            .AnswersProblem(404, "No such record or student", "correction.record_not_found")
            .AnswersProblem(409, "It is corrected in another way", "correction.exists")
            .AnswersProblem(422, "No face was mistaken", "correction.not_a_sighting").AnswersUsualProblems();
        app.MapDelete("/api/v1/attendance/{id:guid}/correction", UndoAsync).Needs(Scopes.AttendanceWrite)
            .Describe("UndoCorrection", ApiGroup.AttendanceRecords, "The name was right after all",
                "The record counts again, and what the correction gave is taken back.")
            .Answers(204, "Undone").AnswersProblem(404, "It is not corrected", "correction.not_found")
            .AnswersProblem(409, "The student was marked by hand there since", "correction.overtaken").AnswersUsualProblems();
    }

    private static RouteHandlerBuilder Filtered(RouteHandlerBuilder endpoint) => endpoint.Needs(Scopes.AttendanceRead)
        .TakesQuery<string>("from", "YYYY-MM-DD, or an instant such as 2026-01-05T07:00:00+07:00.")
        .TakesQuery<string>("to", "YYYY-MM-DD, or an instant.")
        .TakesQuery<StudentId>("student_id", "One student's.")
        .TakesQuery<string>("class_name", "Of students of this class, to the letter.")
        .TakesQuery<AttendanceStatus>("status", "present, late, absent, excused or sick.")
        .TakesQuery<AttendanceOrigin>("origin", "camera, check_in, manual or schedule.")
        .TakesQuery<Guid>("class_session_id", "In this class session.")
        .TakesQuery<bool>("needs_review", "true: those that wait for a person's look.")
        .TakesQuery("corrected", "true: those that bore a wrong name, in place of those that count.", false)
        .TakesQuery("bom", "Begin the CSV with a byte order mark, for Excel.", false);

    private static Task<IResult> ListAsync(HttpContext http, IMediator mediator, ISchoolCalendars calendars, CancellationToken ct)
    {
        var calendar = calendars.Of(http.School());
        http.Response.Headers.Append("Vary", "Accept");
        var wantsCsv = http.Request.GetTypedHeaders().Accept.OrderByDescending(a => a.Quality ?? 1)
            .Select(a => a.MediaType.Value)
            .FirstOrDefault(a => a is "application/json" or CsvAnswer.ContentType or "*/*") == CsvAnswer.ContentType;
        return wantsCsv ? WriteCsvAsync(http, mediator, calendar, ct) : ListPageAsync(http, mediator, calendar, ct);
    }

    private static Task<IResult> ExportAsync(HttpContext http, IMediator mediator, ISchoolCalendars calendars, CancellationToken ct) =>
        WriteCsvAsync(http, mediator, calendars.Of(http.School()), ct);

    private static async Task<IResult> ListPageAsync(HttpContext http, IMediator mediator, SchoolCalendar calendar, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var filter = ReadFilter(fields, calendar);
        var limit = fields.Integer("limit", absent: 100, least: 1, most: 1000);
        var after = fields.Parsed("cursor", ParseCursor, "Input should be the next_cursor of an earlier answer", "cursor");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListAttendance(http.School(), filter, after, limit), ct);
        return listed.Match<IResult>(
            page => TypedResults.Ok(new AttendancePage(
                [.. page.Items.Select(line => new AttendanceLineAnswer(line, calendar))],
                page.Next is { } next ? WriteCursor(next) : null)),
            error => error.ToProblem());
    }

    private static async Task<IResult> WriteCsvAsync(HttpContext http, IMediator mediator, SchoolCalendar calendar, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var filter = ReadFilter(fields, calendar);
        var withMark = fields.Flag("bom", absent: false, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var exported = await mediator.Send(new ExportAttendance(http.School(), filter), ct);
        return exported.Match<IResult>(lines => new AttendanceCsv(lines, calendar, withMark), ErrorMapping.ToProblem);
    }

    private static async Task<Results<Created<CorrectionAnswer>, ProblemAnswer>> CorrectAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<WrongName>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        var corrected = await mediator.Send(
            new CorrectAttendance(http.School(), new(id), read.Value.StudentId, read.Value.Reason), ct);
        return corrected.ToCreated(correction => new CorrectionAnswer(correction));
    }

    private static async Task<Results<NoContent, ProblemAnswer>> UndoAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new UndoCorrection(http.School(), new(id)), ct)).ToNoContent();

    private static AttendanceFilter ReadFilter(RequestFields fields, SchoolCalendar calendar) => new(
        fields.Parsed("from", text => Border(text, calendar, daysOn: 0), BorderRule, "datetime_parsing"),
        fields.Parsed("to", text => Border(text, calendar, daysOn: 1), BorderRule, "datetime_parsing"),
        fields.Parsed(
            "student_id", text => StudentId.IsValid(text) ? new StudentId(text) : (StudentId?)null, $"A student id has {StudentId.Rule}",
            "student_id"),
        fields.OptionalText("class_name", maxLength: 100, RequestFields.Query),
        fields.Parsed("status", Words.Parse<AttendanceStatus>, WordRule.Of<AttendanceStatus>(), "enum"),
        fields.Parsed("origin", Words.Parse<AttendanceOrigin>, WordRule.Of<AttendanceOrigin>(), "enum"),
        fields.Parsed(
            "class_session_id", text => Guid.TryParse(text, out var id) ? new ClassSessionId(id) : (ClassSessionId?)null,
            "Input should be a valid UUID", "uuid_parsing"),
        fields.Parsed("needs_review", ContractVariables.ParseFlag, "Input should be true or false", "bool_parsing"),
        fields.Flag("corrected", absent: false, RequestFields.Query));

    private const string BorderRule = $"{RequestFields.DayRule}, or: {JsonFields.InstantRule}";

    private static DateTimeOffset? Border(string text, SchoolCalendar calendar, int daysOn) =>
        RequestFields.ParseDay(text) is { } day ? calendar.StartOf(day.AddDays(daysOn)) : RequestFields.ParseMoment(text);

    private static string WriteCursor(AttendanceCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, cursor.At.UtcTicks);
        cursor.Record.Value.TryWriteBytes(bytes[8..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static AttendanceCursor? ParseCursor(string text)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        if (text.Length != CursorLength * 4 / 3 || !Base64Url.TryDecodeFromChars(text, bytes, out var length)
            || length != CursorLength) return null;
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks ? null : new(new(ticks, TimeSpan.Zero), new(new Guid(bytes[8..])));
    }
}
