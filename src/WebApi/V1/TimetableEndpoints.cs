using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.V1;

/// <summary>A lesson that comes again every week.</summary>
/// <param name="ClassName">Whose students are expected, whoever they are by then; null for students alone.</param>
/// <param name="Starts">By the clock at the school, as ends.</param>
/// <param name="Students">Expected besides those of the class.</param>
/// <param name="ValidUntil">The last day; null without end.</param>
/// <param name="Expected">How many students it expects today.</param>
internal sealed record LessonAnswer(
    Guid Id, string Name, string? ClassName, IReadOnlyList<DayOfWeek> Weekdays, TimeOnly Starts, TimeOnly Ends, double OpensBeforeMinutes,
    double GraceMinutes, IReadOnlyList<string> Students, DateOnly ValidFrom, DateOnly? ValidUntil, int Expected)
{
    public LessonAnswer(ExpectedLesson expected) : this(
        expected.Lesson.Id.Value, expected.Lesson.Name, expected.Lesson.ClassName, expected.Lesson.Weekdays, expected.Lesson.Hours.Starts,
        expected.Lesson.Hours.Ends, expected.Lesson.Hours.OpensBefore.TotalMinutes, expected.Lesson.Hours.Grace.TotalMinutes,
        [.. expected.Lesson.Students.Select(s => s.Value)], expected.Lesson.ValidFrom, expected.Lesson.ValidUntil, expected.Expected)
    {
    }
}

/// <param name="ClassName">Whose students are expected; left out for students alone.</param>
/// <param name="OpensBeforeMinutes">15 when absent.</param>
/// <param name="GraceMinutes">10 when absent.</param>
/// <param name="Students">Ids of students besides those of the class; nobody when absent.</param>
/// <param name="ValidFrom">Today when absent.</param>
/// <param name="ValidUntil">The last day; without end when absent.</param>
internal sealed record LessonBody(
    string Name, string? ClassName, IReadOnlyList<DayOfWeek> Weekdays, TimeOnly Starts, TimeOnly Ends, double? OpensBeforeMinutes,
    double? GraceMinutes, IReadOnlyList<StudentId>? Students, DateOnly? ValidFrom, DateOnly? ValidUntil)
    : IJsonBody<LessonBody>
{
    private const double UsualOpeningMinutes = 15;
    private const double UsualGraceMinutes = 10;

    public static LessonBody Read(JsonFields fields)
    {
        if (fields.Optional("weekdays") is null) fields.Fault("weekdays", "Field required", "missing", 0);
        var weekdays = fields.Texts("weekdays") ?? [];
        return new(
            fields.RequiredText("name"), fields.OptionalText("class_name"),
            [.. weekdays.Select(word => fields.Word<DayOfWeek>("weekdays", word))],
            fields.RequiredTime("starts"), fields.RequiredTime("ends"),
            fields.Number("opens_before_minutes", UsualOpeningMinutes), fields.Number("grace_minutes", UsualGraceMinutes),
            fields.StudentIds("students"), fields.OptionalDate("valid_from"), fields.OptionalDate("valid_until"));
    }

    public Result<Lesson> ToLesson(LessonId id, DateOnly today) => Make(
        id, Name, ClassName, Weekdays, Starts, Ends, OpensBeforeMinutes, GraceMinutes, Students ?? [], ValidFrom ?? today, ValidUntil);

    /// <summary>The lesson, with the week's days and the students each once and in order.</summary>
    public static Result<Lesson> Make(
        LessonId id, string name, string? className, IReadOnlyList<DayOfWeek> weekdays, TimeOnly starts, TimeOnly ends,
        double? opensBeforeMinutes, double? graceMinutes, IReadOnlyList<StudentId> students, DateOnly validFrom, DateOnly? validUntil)
    {
        var hours = LessonHours.Create(
            starts, ends, Span(opensBeforeMinutes ?? UsualOpeningMinutes), Span(graceMinutes ?? UsualGraceMinutes));
        return hours.Match<Result<Lesson>>(
            good => new Lesson(
                id, name, className, [.. weekdays.Distinct().OrderBy(d => ((int)d + 6) % 7)], good,
                [.. students.DistinctBy(s => s.Value).OrderBy(s => s.Value, StringComparer.Ordinal)], validFrom, validUntil),
            error => error);
    }

    // Beyond what a lesson can last the number of minutes may not even be a span of time.
    private static TimeSpan Span(double minutes) =>
        TimeSpan.FromMinutes(Math.Abs(minutes) <= ClassWindow.MaxLength.TotalMinutes ? minutes : -1);
}

/// <summary>Days on which no lesson is held.</summary>
internal sealed record HolidayAnswer(Guid Id, string Name, DateOnly FirstDay, DateOnly LastDay)
{
    public HolidayAnswer(Holiday holiday) : this(holiday.Id.Value, holiday.Name, holiday.First, holiday.Last)
    {
    }
}

/// <param name="LastDay">The first day when absent.</param>
internal sealed record NewHoliday(string Name, DateOnly FirstDay, DateOnly? LastDay) : IJsonBody<NewHoliday>
{
    public static NewHoliday Read(JsonFields fields) =>
        new(fields.RequiredText("name"), fields.RequiredDate("first_day"), fields.OptionalDate("last_day"));
}

/// <summary>What became of one row of a timetable.</summary>
/// <param name="Code">Why it was refused.</param>
internal sealed record LessonLine(
    int Line, string Name, ImportOutcome Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message)
{
    public LessonLine(LessonRowReport row) : this(row.Line, row.Name, row.Outcome, row.Lesson?.Value, row.Error?.Code, row.Error?.Message)
    {
    }
}

/// <summary>The last line of the report.</summary>
internal sealed record LessonImportEnd(LessonImportSummary Summary);

internal sealed record LessonImportSummary(int Rows, int Created, int Updated, int Unchanged, int Refused, bool DryRun);

/// <summary>/api/v1/timetable: lessons, holidays, and both of a file.</summary>
internal static class TimetableEndpoints
{
    private const string Id = "019a0000-0000-7000-8000-000000000000";
    private const string Csv = "text/csv";

    private const string Request =
        """{"name":"Mathematics","class_name":"7B","weekdays":["monday","wednesday"],"starts":"07:00","ends":"07:45","opens_before_minutes":15,"grace_minutes":10,"students":[],"valid_from":"2026-01-05","valid_until":"2026-06-26"}""";

    private const string Example =
        $$"""{"id":"{{Id}}","name":"Mathematics","class_name":"7B","weekdays":["monday","wednesday"],"starts":"07:00","ends":"07:45","opens_before_minutes":15,"grace_minutes":10,"students":[],"valid_from":"2026-01-05","valid_until":"2026-06-26","expected":28}""";

    private const string NewDay = """{"name":"Independence Day","first_day":"2026-08-17"}""";

    private const string Day = $$"""{"id":"{{Id}}","name":"Independence Day","first_day":"2026-08-17","last_day":"2026-08-17"}""";

    private const string File =
        "name,class_name,weekdays,starts,ends,grace_minutes\r\nMathematics,7B,mon wed,07:00,07:45,10\r\nSports,7B,fri,08:00,09:30,15\r\n";

    private const string Report =
        $$$"""
        {"line":2,"name":"Mathematics","outcome":"created","id":"{{{Id}}}"}
        {"line":3,"name":"Sports","outcome":"refused","code":"lesson.invalid_times","message":"ends must be after starts, on the same day."}
        {"summary":{"rows":2,"created":1,"updated":0,"unchanged":0,"refused":1,"dry_run":false}}

        """;

    private const string WhatIsMade =
        "Class sessions are made of it for today and the 13 days after it, at times of the school's own zone. A change reaches those " +
        "that have not begun and hold no attendance; one that a person changed or removed is left alone.";

    private static readonly WantedFile Timetable = new("timetable", TimetableCsv.MaxBytes, "a timetable");

    public static void MapTimetable(this IEndpointRouteBuilder app)
    {
        var lessons = app.MapGroup("/api/v1/timetable/lessons");
        lessons.MapGet("/", ListAsync).Needs(Scopes.AttendanceRead)
            .Describe("ListLessons", ApiGroup.Timetable, "The lessons of the week", "By class, weekday and start.")
            .TakesQuery<string>("class_name", "Of this class, to the letter.").TakesPage()
            .Answers<Page<LessonAnswer>>(200, "A page", $$"""{"items":[{{Example}}],"total":1}""").AnswersUsualProblems();
        lessons.MapPost("/", AddAsync).Needs(Scopes.AttendanceWrite)
            .Describe("AddLesson", ApiGroup.Timetable, "Put a lesson on the timetable", WhatIsMade).TakesJson<LessonBody>(Request)
            .Answers<LessonAnswer>(201, "Added", Example)
            .AnswersProblem(400, "The times do not follow one another", "lesson.invalid_times")
            .AnswersProblem(422, "It names unknown students", "session.unknown_students").AnswersUsualProblems();
        lessons.MapGet("/{id:guid}", FindAsync).Needs(Scopes.AttendanceRead)
            .Describe("GetLesson", ApiGroup.Timetable, "One lesson").Answers<LessonAnswer>(200, "The lesson", Example)
            .AnswersProblem(404, "No such lesson", "lesson.not_found").AnswersUsualProblems();
        lessons.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.AttendanceWrite)
            .Describe("ReplaceLesson", ApiGroup.Timetable, "Change a lesson as a whole", WhatIsMade).TakesJson<LessonBody>(Request)
            .Answers<LessonAnswer>(200, "The lesson as it is now", Example)
            .AnswersProblem(400, "The times do not follow one another", "lesson.invalid_times")
            .AnswersProblem(404, "No such lesson", "lesson.not_found")
            .AnswersProblem(422, "It names unknown students", "session.unknown_students").AnswersUsualProblems();
        lessons.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.AttendanceWrite)
            .Describe("RemoveLesson", ApiGroup.Timetable, "Take a lesson off the timetable",
                "Its class sessions that have not begun and hold no attendance go with it; the others stay.")
            .Answers(204, "Removed").AnswersProblem(404, "No such lesson", "lesson.not_found").AnswersUsualProblems();

        var holidays = app.MapGroup("/api/v1/timetable/holidays");
        holidays.MapGet("/", ListHolidaysAsync).Needs(Scopes.AttendanceRead)
            .Describe("ListHolidays", ApiGroup.Timetable, "Days without lessons", "By their first day.")
            .Answers<Listing<HolidayAnswer>>(200, "The holidays", $$"""{"items":[{{Day}}]}""").AnswersUsualProblems();
        holidays.MapPost("/", AddHolidayAsync).Needs(Scopes.AttendanceWrite)
            .Describe("AddHoliday", ApiGroup.Timetable, "Hold no lessons on a day, or on several",
                "The timetable's class sessions of these days go, as far as they have not begun and hold no attendance.")
            .TakesJson<NewHoliday>(NewDay).Answers<HolidayAnswer>(201, "Added", Day).AnswersUsualProblems();
        holidays.MapDelete("/{id:guid}", RemoveHolidayAsync).Needs(Scopes.AttendanceWrite)
            .Describe("RemoveHoliday", ApiGroup.Timetable, "Hold lessons again on a holiday", "The class sessions ahead come back.")
            .Answers(204, "Removed").AnswersProblem(404, "No such holiday", "holiday.not_found").AnswersUsualProblems();

        app.MapPost("/api/v1/timetable/import", ImportAsync).Needs(Scopes.AttendanceWrite)
            .Describe("ImportTimetable", ApiGroup.Timetable, "Import a timetable",
                $$"""
                Puts the lessons of a CSV file on the timetable, as a form with `timetable` or as a bare `text/csv` body. A lesson that is there with the
                same name, class, weekdays and start is changed, and the same file again changes nothing. A row that is refused stops no other.

                The CSV is UTF-8 of at most {{TimetableCsv.MaxBytes / (1024 * 1024)}} MiB and {{ImportLessons.MaxRows}} rows, separated by commas, semicolons or tabs. Its
                header names the columns: `name`, `weekdays` (such as `mon wed`), `starts` and `ends` (such as 07:00), and besides `class_name`,
                `opens_before_minutes`, `grace_minutes`, `students` (ids between blanks), `valid_from` and `valid_until` (YYYY-MM-DD).

                The answer is one JSON object a line and a summary at last. With `dry_run` nothing is stored.
                """)
            .TakesQuery("dry_run", "Report what would happen, and store nothing. May stand in the form too.", false)
            .TakesFile("timetable", "The CSV file.", isRequired: true)
            .TakesText(Csv, File)
            .AnswersText(200, "The report", JsonLines.ContentType, Report)
            .AnswersProblem(400, "The CSV's header is wrong", "timetable.invalid_header")
            .AnswersProblem(413, "The file is too large", "request.too_large").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<LessonAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var className = fields.OptionalText("class_name", maxLength: 100, RequestFields.Query);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListLessons(http.School(), className, limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Lessons, page.Total, lesson => new LessonAnswer(lesson)));
    }

    private static async Task<Results<Created<LessonAnswer>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, TimeProvider clock, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, LessonId.New(), calendars.Of(http.School()).DayOf(clock.GetUtcNow()), ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        var added = await mediator.Send(new AddLesson(http.School(), read.Value), ct);
        return added.ToCreated(lesson => new LessonAnswer(lesson), lesson => $"/api/v1/timetable/lessons/{lesson.Lesson.Id}");
    }

    private static async Task<Results<Ok<LessonAnswer>, ProblemAnswer>> FindAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetLesson(http.School(), new(id)), ct)).ToOk(lesson => new LessonAnswer(lesson));

    private static async Task<Results<Ok<LessonAnswer>, ProblemAnswer>> ReplaceAsync(
        Guid id, HttpContext http, IMediator mediator, ISchoolCalendars calendars, TimeProvider clock, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, new(id), calendars.Of(http.School()).DayOf(clock.GetUtcNow()), ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        return (await mediator.Send(new ReplaceLesson(http.School(), read.Value), ct)).ToOk(lesson => new LessonAnswer(lesson));
    }

    private static async Task<Result<Lesson>> ReadAsync(HttpRequest request, LessonId id, DateOnly today, CancellationToken ct) =>
        (await JsonFields.ReadAsync<LessonBody>(request, ct)).Match(body => body.ToLesson(id, today), error => error);

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveLesson(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<Results<Ok<Listing<HolidayAnswer>>, ProblemAnswer>> ListHolidaysAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new ListHolidays(http.School()), ct)).ToOk(days => Pages.Of(days, day => new HolidayAnswer(day)));

    private static async Task<Results<Created<HolidayAnswer>, ProblemAnswer>> AddHolidayAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewHoliday>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        var body = read.Value;
        var holiday = new Holiday(HolidayId.New(), body.Name, body.FirstDay, body.LastDay ?? body.FirstDay);
        return (await mediator.Send(new AddHoliday(http.School(), holiday), ct)).ToCreated(day => new HolidayAnswer(day));
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveHolidayAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveHoliday(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<IResult> ImportAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, TimeProvider clock, CancellationToken ct)
    {
        var isCsv = MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            && type.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase);
        var read = isCsv ? await UploadForm.ReadBodyAsync(http.Request, Timetable, ct)
            : await UploadForm.ReadAsync(http.Request, [Timetable], ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var file = fields.RequiredFile(Timetable.Field);
        var dryRun = fields.Flag("dry_run", absent: false, RequestFields.Query, RequestFields.Body);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var opened = TimetableCsv.Open(file);
        if (opened.Error is { } misread) return misread.ToProblem();
        var rows = opened.Value.Rows(calendars.Of(http.School()).DayOf(clock.GetUtcNow()));
        var imported = await mediator.Send(new ImportLessons(http.School(), rows, dryRun), ct);
        if (imported.Error is { } error) return error.ToProblem();
        await WriteAsync(http, imported.Value, dryRun, ct);
        return Results.Empty;
    }

    private static async Task WriteAsync(HttpContext http, IReadOnlyList<LessonRowReport> rows, bool dryRun, CancellationToken ct)
    {
        using var lines = new JsonLines(http);
        foreach (var row in rows)
        {
            lines.Write(new LessonLine(row));
            await lines.FlushAtTimesAsync(ct);
        }
        int Count(ImportOutcome outcome) => rows.Count(r => r.Outcome == outcome);
        lines.Write(new LessonImportEnd(new(
            rows.Count, Count(ImportOutcome.Created), Count(ImportOutcome.Updated), Count(ImportOutcome.Unchanged),
            Count(ImportOutcome.Refused), dryRun)));
        await lines.FlushAsync(ct);
    }
}
