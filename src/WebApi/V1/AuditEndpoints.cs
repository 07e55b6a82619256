using System.Globalization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/audit: who did what to whose data, and whether the log of it is as it was written.</summary>
internal static class AuditEndpoints
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/api/v1/audit");
        audit.MapGet("/", ListAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "The audit log", "Newest first. Entries are numbered 1, 2, 3, … within the school.")
            .TakesQuery("from", ParameterKind.Text, "Only entries of this moment on, such as 2026-01-05T00:00:00Z")
            .TakesQuery("to", ParameterKind.Text, "Only entries before this moment")
            .TakesQuery("actor", ParameterKind.Text, "Only what this caller did, such as local, or key: and its id")
            .TakesQuery("action", ParameterKind.Text, "Only this action, such as template.enrolled")
            .TakesQuery("subject", ParameterKind.Text, "Only what was done to this student, credential or policy")
            .TakesQuery("before", ParameterKind.Integer, "Goes on where a page ended: its next")
            .TakesQuery("limit", ParameterKind.Integer, "1 to 500", "100")
            .Answers(200, "A page; next is null on the last one",
                """{"items":[{"number":7,"at":"2026-01-05T07:12:00.123456Z","actor":"key:019a0000-0000-7000-8000-000000000001","action":"template.enrolled","subject":"siswaA","details":{"template_id":"019a0000-0000-7000-8000-000000000000"}}],"next":null}""")
            .AnswersUsualProblems();
        audit.MapGet("/verification", VerifyAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "Check the audit log",
                "Recomputes the whole chain. fault is changed (the row at, or the one before it), missing, or not_as_noted: the log is consistent, but not the one of which rows and head were noted.")
            .TakesQuery("rows", ParameterKind.Integer, "With head: what an earlier verification answered, to be found again")
            .TakesQuery("head", ParameterKind.Text, "With rows: 64 hexadecimal digits")
            .Answers(200, "The verdict", $$"""{"ok":true,"rows":1234,"head":"{{Hash}}","fault":null,"at":null}""").AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var filter = new AuditFilter(
            fields.Moment("from"), fields.Moment("to"), fields.OptionalText("actor", 200, RequestFields.Query),
            fields.OptionalText("action", 64, RequestFields.Query), fields.OptionalText("subject", 200, RequestFields.Query),
            fields.Number("before", least: 1));
        var limit = fields.Integer("limit", absent: 100, least: 1, most: 500);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListAudit(http.School(), filter, limit), ct);
        return listed.Match(
            page => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                json.WriteStartArray("items");
                foreach (var entry in page.Items)
                {
                    json.WriteStartObject();
                    json.WriteNumber("number", entry.Number);
                    json.WriteString("at", entry.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
                    json.WriteString("actor", entry.Actor);
                    json.WriteString("action", entry.Action);
                    json.WriteString("subject", entry.Subject);
                    json.WritePropertyName("details");
                    json.WriteRawValue(entry.DetailsJson);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                if (page.Next is { } next) json.WriteNumber("next", next);
                else json.WriteNull("next");
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> VerifyAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var rows = fields.Number("rows", least: 1);
        var head = fields.OptionalText("head", 64, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var noted = rows is null && head is null ? null : new AuditHead(rows ?? 0, head ?? "");
        var verified = await mediator.Send(new VerifyAudit(http.School(), noted), ct);
        return verified.Match(
            verdict => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                json.WriteBoolean("ok", verdict.Fault is null);
                json.WriteNumber("rows", verdict.Head.Length);
                json.WriteString("head", verdict.Head.Hash);
                if (verdict.Fault is { } fault) json.WriteString("fault", WordOf(fault));
                else json.WriteNull("fault");
                if (verdict.At is { } at) json.WriteNumber("at", at);
                else json.WriteNull("at");
            }),
            ErrorMapping.ToProblem);
    }

    private static string WordOf(AuditFault fault) => fault switch
    {
        AuditFault.Changed => "changed",
        AuditFault.Missing => "missing",
        AuditFault.NotAsNoted => "not_as_noted",
    };
}
