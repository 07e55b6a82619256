using System.IO.Compression;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>What was said of a student's face, once.</summary>
/// <param name="Method">How it was said, such as paper.</param>
internal sealed record ConsentStatementAnswer(
    ConsentState State, string Method, string? Note, string RecordedBy, DateTimeOffset RecordedAt);

/// <summary>What a student said to being recognised by face.</summary>
/// <param name="IsRequired">The school enrols nobody without.</param>
/// <param name="History">Newest first.</param>
internal sealed record ConsentAnswer(ConsentState State, bool IsRequired, IReadOnlyList<ConsentStatementAnswer> History)
{
    public static ConsentAnswer Of(Consent consent) => new(
        consent.State, consent.IsRequired,
        [.. consent.History.Select(
            s => new ConsentStatementAnswer(s.State, s.Method, s.Note, s.RecordedBy, s.RecordedAt.ToUniversalTime()))]);
}

/// <param name="State">given or withdrawn.</param>
/// <param name="Method">How it was said, such as paper.</param>
internal sealed record NewConsent(ConsentState State, string Method, string? Note) : IJsonBody<NewConsent>
{
    public static NewConsent Read(JsonFields fields) => new(
        Words.Parse<ConsentState>(fields.OptionalText("state")) ?? fields.Fault(
            "state", "Input should be given or withdrawn", "enum", ConsentState.NotAsked),
        fields.RequiredText("method"), fields.OptionalText("note"));
}

/// <summary>That a student was erased; it names nobody.</summary>
/// <param name="Removed">Rows by what they were.</param>
internal sealed record ErasureAnswer(Guid Id, DateTimeOffset ErasedAt, string ErasedBy, IReadOnlyDictionary<string, long> Removed)
{
    public static ErasureAnswer Of(ErasureReceipt receipt) =>
        new(receipt.Id, receipt.ErasedAt.ToUniversalTime(), receipt.ErasedBy, receipt.Removed);
}

/// <summary>An erasure's receipt.</summary>
/// <param name="IsOf">Whether it is of the student that was named; null when none was.</param>
internal sealed record ErasureProofAnswer(
    Guid Id, DateTimeOffset ErasedAt, string ErasedBy, IReadOnlyDictionary<string, long> Removed, bool? IsOf)
{
    public static ErasureProofAnswer Of(FoundReceipt found) => new(
        found.Receipt.Id, found.Receipt.ErasedAt.ToUniversalTime(), found.Receipt.ErasedBy, found.Receipt.Removed, found.IsOf);
}

/// <summary>A class of data.</summary>
/// <param name="Days">How long it is kept; 0 until the student is erased.</param>
/// <param name="Rows">What a run removes.</param>
internal sealed record RetentionClassAnswer(string Name, int Days, long Rows);

/// <summary>How long data is kept, and what a run removes.</summary>
internal sealed record RetentionAnswer(IReadOnlyList<RetentionClassAnswer> Classes)
{
    public static RetentionAnswer Of(IReadOnlyList<RetentionClass> classes) =>
        new([.. classes.Select(c => new RetentionClassAnswer(c.Name, c.Days, c.Rows))]);
}

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
            .Describe(
                "GetConsent", ApiGroup.Privacy, "What the student said to being recognised by face",
                "state: not_asked, given or withdrawn. The history is newest first.")
            .Answers<ConsentAnswer>(200, "The consent", Consent).AnswersProblem(404, NoSuchStudent, "student.not_found")
            .AnswersUsualProblems();
        student.MapPut("/consent", RecordConsentAsync).Needs(Scopes.Enroll)
            .Describe("RecordConsent", ApiGroup.Privacy, "Record a consent or its withdrawal",
                "state: given or withdrawn; method: how it was said, such as paper. A withdrawal removes the student's face templates; " +
                "attendance can still be marked by hand.")
            .TakesJson<NewConsent>("""{"state":"given","method":"paper","note":"Form of 5 January"}""")
            .Answers<ConsentAnswer>(200, "Recorded", Consent).AnswersProblem(404, NoSuchStudent, "student.not_found")
            .AnswersUsualProblems();
        student.MapPost("/erasure", EraseAsync).Needs(Scopes.Admin)
            .Describe(
                "EraseStudent", ApiGroup.Privacy, "Erase a student",
                "Removes all that is kept of the student, at once and in every process, and answers a receipt that names nobody.")
            .Answers<ErasureAnswer>(200, "The receipt", $"{{{Receipt}}}").AnswersProblem(404, NoSuchStudent, "student.not_found")
            .AnswersUsualProblems();
        student.MapGet("/export", ExportAsync).Needs(Scopes.Admin)
            .Describe(
                "ExportStudent", ApiGroup.Privacy, "All that is kept of a student",
                "A ZIP archive with student.json, for the student. The export is audited.")
            .AnswersFile(200, "The archive", "application/zip").AnswersProblem(404, NoSuchStudent, "student.not_found")
            .AnswersUsualProblems();

        app.MapGet("/api/v1/erasures/{receiptId:guid}", FindReceiptAsync).Needs(Scopes.Admin)
            .Describe(
                "GetErasure", ApiGroup.Privacy, "An erasure's receipt",
                "With student_id it also says whether the receipt is that student's.")
            .TakesQuery<StudentId>("student_id", "Whose receipt it is claimed to be")
            .Answers<ErasureProofAnswer>(200, "The receipt", $$"""{{{Receipt}},"is_of":null}""")
            .AnswersProblem(404, "No such receipt", "erasure.receipt_not_found").AnswersUsualProblems();

        var retention = app.MapGroup("/api/v1/retention");
        retention.MapGet("/", PreviewAsync).Needs(Scopes.Admin)
            .Describe(
                "PreviewRetention", ApiGroup.Privacy, "How long data is kept, and what a run would remove now",
                "A dry run. days is 0 for what is kept until the student is erased.")
            .Answers<RetentionAnswer>(200, "The classes of data", """{"classes":[{"name":"events","days":90,"rows":1200}]}""")
            .AnswersUsualProblems();
        retention.MapPost("/run", RunAsync).Needs(Scopes.Admin)
            .Describe("RunRetention", ApiGroup.Privacy, "Remove what has been kept long enough", "The server does so itself once a day.")
            .Answers<RetentionAnswer>(200, "What was removed", """{"classes":[{"name":"events","days":90,"rows":1200}]}""")
            .AnswersUsualProblems();
    }

    private static async Task<Results<Ok<ConsentAnswer>, ProblemAnswer>> GetConsentAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new GetConsent(http.School(), student), ct)).ToOk(ConsentAnswer.Of);
    }

    private static async Task<Results<Ok<ConsentAnswer>, ProblemAnswer>> RecordConsentAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var path = new RequestFields(http.Request);
        var student = path.PathStudentId("id", id);
        if (path.Faults is { } wrong) return ErrorMapping.ToProblem(wrong);
        var read = await JsonFields.ReadAsync<NewConsent>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (state, method, note) = read.Value;
        return (await mediator.Send(new RecordConsent(http.School(), student, state, method, note), ct)).ToOk(ConsentAnswer.Of);
    }

    private static async Task<Results<Ok<ErasureAnswer>, ProblemAnswer>> EraseAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new EraseStudent(http.School(), student), ct)).ToOk(ErasureAnswer.Of);
    }

    private static async Task<Results<Ok<ErasureProofAnswer>, ProblemAnswer>> FindReceiptAsync(
        Guid receiptId, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var claimed = fields.OptionalText("student_id", 64, RequestFields.Query) is { } id ? fields.PathStudentId("student_id", id) : (
            StudentId?)null;
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new GetErasureReceipt(http.School(), receiptId, claimed), ct)).ToOk(ErasureProofAnswer.Of);
    }

    private static async Task<Results<FileContentHttpResult, ProblemAnswer>> ExportAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var exported = await mediator.Send(new ExportStudent(http.School(), student), ct);
        return exported.Match<Results<FileContentHttpResult, ProblemAnswer>>(
            export => TypedResults.File(Zip(export), "application/zip", $"student-{student}.zip"), error => error.ToProblem());
    }

    private static async Task<Results<Ok<RetentionAnswer>, ProblemAnswer>> PreviewAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new PreviewRetention(http.School()), ct)).ToOk(RetentionAnswer.Of);

    private static async Task<Results<Ok<RetentionAnswer>, ProblemAnswer>> RunAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RunRetention(http.School()), ct)).ToOk(RetentionAnswer.Of);

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
}
