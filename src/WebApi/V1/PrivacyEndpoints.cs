using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>Consent, erasure, export and retention.</summary>
internal static class PrivacyEndpoints
{
    private const string Consent =
        """{"state":"given","is_required":true,"history":[{"state":"given","method":"paper","note":"Form of 5 January","recorded_by":"local","recorded_at":"2026-01-05T07:12:00+00:00"}]}""";

    private const string Receipt =
        """ "id":"019a0000-0000-7000-8000-000000000000","erased_at":"2026-01-05T07:12:00+00:00","erased_by":"local","removed":{"face_templates":2,"attendance_days":40,"profile":1}""";

    private const string NoSuchStudent = "No such student";

    public static void MapPrivacy(this IEndpointRouteBuilder app)
    {
        var student = app.MapGroup("/api/v1/students/{id}");
        student.MapGet("/consent", GetConsentAsync).Needs(Scopes.Enroll)
            .Describe("Privacy, v1", "What the student said to being recognised by face", "state: not_asked, given or withdrawn. The history is newest first.")
            .Answers(200, "The consent", Consent).AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        student.MapPut("/consent", RecordConsentAsync).Needs(Scopes.Enroll)
            .Describe("Privacy, v1", "Record a consent or its withdrawal",
                "state: given or withdrawn; method: how it was said, such as paper. A withdrawal removes the student's face templates; attendance can still be marked by hand.")
            .TakesJson("""{"state":"given","method":"paper","note":"Form of 5 January"}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "Recorded", Consent).AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        student.MapPost("/erasure", EraseAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "Erase a student", "Removes all that is kept of the student, at once and in every process, and answers a receipt that names nobody.")
            .Answers(200, "The receipt", $"{{{Receipt}}}").AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        student.MapGet("/export", ExportAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "All that is kept of a student", "A ZIP archive with student.json, for the student. The export is audited.")
            .Answers(200, "The archive").AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();

        app.MapGet("/api/v1/erasures/{receiptId:guid}", FindReceiptAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "An erasure's receipt", "With student_id it also says whether the receipt is that student's.")
            .TakesQuery("student_id", ParameterKind.Text, "Whose receipt it is claimed to be")
            .Answers(200, "The receipt", $$"""{{{Receipt}},"is_of":null}""")
            .AnswersProblem(404, "No such receipt", "erasure.receipt_not_found").AnswersUsualProblems();

        var retention = app.MapGroup("/api/v1/retention");
        retention.MapGet("/", PreviewAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "How long data is kept, and what a run would remove now", "A dry run. days is 0 for what is kept until the student is erased.")
            .Answers(200, "The classes of data", """{"classes":[{"name":"events","days":90,"rows":1200}]}""").AnswersUsualProblems();
        retention.MapPost("/run", RunAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "Remove what has been kept long enough", "The server does so itself once a day.")
            .Answers(200, "What was removed", """{"classes":[{"name":"events","days":90,"rows":1200}]}""").AnswersUsualProblems();
    }

    private static async Task<IResult> GetConsentAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new GetConsent(http.School(), student), ct)).Match(AnswerOf, ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RecordConsentAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var path = new RequestFields(http.Request);
        var student = path.PathStudentId("id", id);
        if (path.Faults is { } wrong) return ErrorMapping.ToProblem(wrong);
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var state = ConsentWords.Parse(fields.OptionalText("state")) ?? fields.Fault("state", "Input should be given or withdrawn", "enum", ConsentState.NotAsked);
        var method = fields.RequiredText("method");
        var note = fields.OptionalText("note");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new RecordConsent(http.School(), student, state, method, note), ct)).Match(AnswerOf, ErrorMapping.ToProblem);
    }

    private static async Task<IResult> EraseAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var erased = await mediator.Send(new EraseStudent(http.School(), student), ct);
        return erased.Match(receipt => new JsonAnswer(StatusCodes.Status200OK, null, json => Write(json, receipt)), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> FindReceiptAsync(Guid receiptId, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var claimed = fields.OptionalText("student_id", 64, RequestFields.Query) is { } id ? fields.PathStudentId("student_id", id) : (StudentId?)null;
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var found = await mediator.Send(new GetErasureReceipt(http.School(), receiptId, claimed), ct);
        return found.Match(
            receipt => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                Write(json, receipt.Receipt);
                if (receipt.IsOf is { } isOf) json.WriteBoolean("is_of", isOf);
                else json.WriteNull("is_of");
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ExportAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var exported = await mediator.Send(new ExportStudent(http.School(), student), ct);
        return exported.Match(export => Results.File(Zip(export), "application/zip", $"student-{student}.zip"), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> PreviewAsync(HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new PreviewRetention(http.School()), ct)).Match(AnswerOf, ErrorMapping.ToProblem);

    private static async Task<IResult> RunAsync(HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RunRetention(http.School()), ct)).Match(AnswerOf, ErrorMapping.ToProblem);

    private static byte[] Zip(StudentExport export)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("student.json").Open())
        {
            entry.Write(Encoding.UTF8.GetBytes(export.Json));
        }
        return bytes.ToArray();
    }

    private static IResult AnswerOf(Consent consent) => new JsonAnswer(StatusCodes.Status200OK, null, json =>
    {
        json.WriteString("state", ConsentWords.Of(consent.State));
        json.WriteBoolean("is_required", consent.IsRequired);
        json.WriteStartArray("history");
        foreach (var statement in consent.History)
        {
            json.WriteStartObject();
            json.WriteString("state", ConsentWords.Of(statement.State));
            json.WriteString("method", statement.Method);
            json.WriteString("note", statement.Note);
            json.WriteString("recorded_by", statement.RecordedBy);
            json.WriteString("recorded_at", statement.RecordedAt.ToUniversalTime());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static IResult AnswerOf(IReadOnlyList<RetentionClass> classes) => new JsonAnswer(StatusCodes.Status200OK, null, json =>
    {
        json.WriteStartArray("classes");
        foreach (var one in classes)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            json.WriteNumber("days", one.Days);
            json.WriteNumber("rows", one.Rows);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, ErasureReceipt receipt)
    {
        json.WriteString("id", receipt.Id);
        json.WriteString("erased_at", receipt.ErasedAt.ToUniversalTime());
        json.WriteString("erased_by", receipt.ErasedBy);
        json.WriteStartObject("removed");
        foreach (var (name, rows) in receipt.Removed) json.WriteNumber(name, rows);
        json.WriteEndObject();
    }
}
