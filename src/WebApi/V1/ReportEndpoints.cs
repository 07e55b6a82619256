using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <param name="NeedsReview">Of those counted by their status, how many wait for a person's look.</param>
/// <param name="MinutesLate">After the start of the class session, in all.</param>
/// <param name="Rate">How many times they were there of all times, from 0 to 1; null when there were none.</param>
internal record ReportCountsAnswer(
    int Present, int Late, int Absent, int Excused, int Sick, int NeedsReview, int MinutesLate, double? Rate)
{
    public ReportCountsAnswer(ReportCounts counts) : this(
        counts.Of(AttendanceStatus.Present), counts.Of(AttendanceStatus.Late), counts.Of(AttendanceStatus.Absent),
        counts.Of(AttendanceStatus.Excused), counts.Of(AttendanceStatus.Sick), counts.NeedsReview, counts.MinutesLate,
        counts.Rate is { } rate ? Math.Round(rate, 4) : null)
    {
    }
}

/// <param name="StudentId">Null unless rows are students, as full_name.</param>
/// <param name="ClassName">The student's, or whose row it is.</param>
/// <param name="Date">Null unless rows are days.</param>
internal sealed record ReportRowAnswer(string? StudentId, string? FullName, string? ClassName, DateOnly? Date, ReportCountsAnswer Counts)
{
    public ReportRowAnswer(ReportRow row) : this(
        row.Student?.Value, row.FullName, row.ClassName, row.Day, new ReportCountsAnswer(row.Counts))
    {
    }

    public override string ToString() => $"ReportRowAnswer({StudentId}, {Date})";
}

/// <summary>A page of a report.</summary>
/// <param name="Total">Rows on all pages.</param>
/// <param name="Totals">Of all rows.</param>
internal sealed record ReportAnswer(
    DateOnly From, DateOnly To, ReportGroup GroupBy, IReadOnlyList<ReportRowAnswer> Items, int Total, ReportCountsAnswer Totals);

/// <summary>/api/v1/reports/attendance, as JSON page by page and as CSV.</summary>
internal static class ReportEndpoints
{
    private const string Counts =
        """{"present":18,"late":3,"absent":1,"excused":0,"sick":0,"needs_review":0,"minutes_late":41,"rate":0.9545}""";

    private const string Example =
        $$"""{"from":"2026-01-05","to":"2026-01-31","group_by":"student","items":[{"student_id":"siswaA","full_name":"Ayu Lestari","class_name":"7B","date":null,"counts":{{Counts}}}],"total":1,"totals":{{Counts}}}""";

    private const string Csv =
        "student_id,full_name,class_name,present,late,absent,excused,sick,needs_review,minutes_late,rate\r\n"
        + "siswaA,Ayu Lestari,7B,18,3,1,0,0,0,41,0.9545\r\n";

    private const string WhatCounts =
        "A class session counts once for each of its students with a record. On a day on which a student has none, what is recorded " +
        "outside of class sessions counts once, by the first of that day. The rate is present and late, of all.";

    public static void MapReports(this IEndpointRouteBuilder app)
    {
        Filtered(app.MapGet("/api/v1/reports/attendance", ReadAsync).AuditsReading(AuditActions.AttendanceListed, "report")
            .Describe("GetAttendanceReport", ApiGroup.AttendanceRecords, "Attendance by student, class or day", WhatCounts))
            .TakesPage()
            .Answers<ReportAnswer>(200, "A page", Example).AnswersUsualProblems();
        Filtered(app.MapGet("/api/v1/reports/attendance.csv", ExportAsync).AuditsReading(AuditActions.AttendanceExported, "report")
            .Describe("ExportAttendanceReport", ApiGroup.AttendanceRecords, "A report as CSV", WhatCounts))
            .TakesQuery("bom", "Begin with a byte order mark, for Excel.", false)
            .AnswersText(200, "Everything", CsvAnswer.ContentType, Csv).AnswersUsualProblems();
    }

    private static RouteHandlerBuilder Filtered(RouteHandlerBuilder endpoint) => endpoint.Needs(Scopes.AttendanceRead)
        .TakesQuery<DateOnly>("from", "YYYY-MM-DD, the first day, by the school's own calendar; 30 days before to when absent.")
        .TakesQuery<DateOnly>("to", "YYYY-MM-DD, the last day; today when absent.")
        .TakesQuery("group_by", "student, class or day.", Words.Of(ReportGroup.Student))
        .TakesQuery("order", "late, absent, rate (lowest first) or name. Days come in their order.", Words.Of(ReportOrder.Late))
        .TakesQuery<string>("class_name", "Of students of this class, to the letter.")
        .TakesQuery<StudentId>("student_id", "One student's.");

    private static async Task<IResult> ReadAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, TimeProvider clock, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var query = ReadQuery(fields, calendars.Of(http.School()).DayOf(clock.GetUtcNow()));
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var read = await mediator.Send(new GetAttendanceReport(http.School(), query, limit, offset), ct);
        return read.Match<IResult>(
            report => TypedResults.Ok(new ReportAnswer(
                query.From, query.To, query.Group, [.. report.Rows.Select(row => new ReportRowAnswer(row))], report.Total,
                new(report.Totals))),
            error => error.ToProblem());
    }

    private static async Task<IResult> ExportAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, TimeProvider clock, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var query = ReadQuery(fields, calendars.Of(http.School()).DayOf(clock.GetUtcNow()));
        var withMark = fields.Flag("bom", absent: false, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var read = await mediator.Send(new GetAttendanceReport(http.School(), query, Limit: null, Offset: 0), ct);
        return read.Match<IResult>(report => new ReportCsv(report, query, withMark), error => error.ToProblem());
    }

    private static ReportQuery ReadQuery(RequestFields fields, DateOnly today)
    {
        var to = fields.Strictly("to", RequestFields.ParseDay, RequestFields.DayRule, "date_parsing") ?? today;
        return new(
            fields.Parsed("group_by", Words.Parse<ReportGroup>, WordRule.Of<ReportGroup>(), "enum") ?? ReportGroup.Student,
            fields.Strictly("from", RequestFields.ParseDay, RequestFields.DayRule, "date_parsing") ?? to.AddDays(-30), to,
            fields.OptionalText("class_name", maxLength: 100, RequestFields.Query),
            fields.Parsed(
                "student_id", text => StudentId.IsValid(text) ? new StudentId(text) : (StudentId?)null,
                $"A student id has {StudentId.Rule}", "student_id"),
            fields.Parsed("order", Words.Parse<ReportOrder>, WordRule.Of<ReportOrder>(), "enum") ?? ReportOrder.Late);
    }
}
