using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Live;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Who did what to whose data.</summary>
/// <param name="Number">1, 2, 3, … within the school.</param>
/// <param name="At">Always with six decimals of a second.</param>
/// <param name="Details">An object of what else the action says.</param>
internal sealed record AuditEntryAnswer(
    long Number, [property: DataType(DataType.DateTime)] string At, string Actor, string Action, string Subject, WrittenJson Details)
{
    public static AuditEntryAnswer Of(AuditRecord entry) => new(
        entry.Number, entry.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture), entry.Actor, entry.Action,
        entry.Subject,
        new(Encoding.UTF8.GetBytes(entry.DetailsJson)));
}

/// <summary>A page of the log.</summary>
/// <param name="Next">What before takes for the page that follows; null on the last one.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntryAnswer> Items, long? Next);

/// <summary>Whether the log is as it was written.</summary>
/// <param name="Head">The hash of the newest row.</param>
/// <param name="At">The number of the row at fault.</param>
internal sealed record AuditVerdictAnswer(bool Ok, long Rows, string Head, AuditFault? Fault, long? At)
{
    public static AuditVerdictAnswer Of(AuditVerdict verdict) =>
        new(verdict.Fault is null, verdict.Head.Length, verdict.Head.Hash, verdict.Fault, verdict.At);
}

/// <summary>/api/v1/audit: who did what to whose data, and whether the log of it is as it was written.</summary>
internal static class AuditEndpoints
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/api/v1/audit");
        audit.MapGet("/", ListAsync).Needs(Scopes.Admin)
            .Describe("ListAudit", ApiGroup.Privacy, "The audit log", "Newest first. Entries are numbered 1, 2, 3, … within the school.")
            .TakesQuery<DateTimeOffset>("from", "Only entries of this moment on, such as 2026-01-05T00:00:00Z")
            .TakesQuery<DateTimeOffset>("to", "Only entries before this moment")
            .TakesQuery<string>("actor", "Only what this caller did, such as local, or key: and its id")
            .TakesQuery<string>("action", "Only this action, such as template.enrolled")
            .TakesQuery<string>("subject", "Only what was done to this student, credential or policy")
            .TakesQuery<long>("before", "Goes on where a page ended: its next")
            .TakesQuery("limit", "1 to 500", 100, 1, 500)
            .Answers<AuditPage>(200, "A page; next is null on the last one",
                """{"items":[{"number":7,"at":"2026-01-05T07:12:00.123456Z","actor":"key:019a0000-0000-7000-8000-000000000001","action":"template.enrolled","subject":"siswaA","details":{"template_id":"019a0000-0000-7000-8000-000000000000"}}],"next":null}""")
            .AnswersUsualProblems();
        audit.MapGet("/verification", VerifyAsync).Needs(Scopes.Admin)
            .Describe("VerifyAudit", ApiGroup.Privacy, "Check the audit log",
                "Recomputes the whole chain. fault is changed (the row at, or the one before it), missing, or not_as_noted: the log is " +
                "consistent, but not the one of which rows and head were noted.")
            .TakesQuery<long>("rows", "With head: what an earlier verification answered, to be found again")
            .TakesQuery<string>("head", "With rows: 64 hexadecimal digits")
            .Answers<AuditVerdictAnswer>(200, "The verdict", $$"""{"ok":true,"rows":1234,"head":"{{Hash}}","fault":null,"at":null}""")
            .AnswersUsualProblems();
    }

    private static async Task<Results<Ok<AuditPage>, ProblemAnswer>> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var filter = new AuditFilter(
            fields.Moment("from"), fields.Moment("to"), fields.OptionalText("actor", 200, RequestFields.Query),
            fields.OptionalText("action", 64, RequestFields.Query), fields.OptionalText("subject", 200, RequestFields.Query),
            fields.Number("before", least: 1));
        var limit = fields.Integer("limit", absent: 100, least: 1, most: 500);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListAudit(http.School(), filter, limit), ct);
        return listed.ToOk(page => new AuditPage([.. page.Items.Select(AuditEntryAnswer.Of)], page.Next));
    }

    private static async Task<Results<Ok<AuditVerdictAnswer>, ProblemAnswer>> VerifyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var rows = fields.Number("rows", least: 1);
        var head = fields.OptionalText("head", 64, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var noted = rows is null && head is null ? null : new AuditHead(rows ?? 0, head ?? "");
        return (await mediator.Send(new VerifyAudit(http.School(), noted), ct)).ToOk(AuditVerdictAnswer.Of);
    }
}
