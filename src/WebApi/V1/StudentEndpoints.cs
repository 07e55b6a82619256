using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A face template by name; the template itself is never given out.</summary>
/// <param name="Contract">The model that it was made with.</param>
internal sealed record FaceTemplateAnswer(Guid Id, string Contract, DateTimeOffset EnrolledAt)
{
    public static FaceTemplateAnswer Of(TemplateSummary template) =>
        new(template.Id.Value, template.Contract.Value, template.EnrolledAt.ToUniversalTime());
}

/// <summary>What became of an enrolled photo.</summary>
/// <param name="Lookalike">There only when another student looks much like this one.</param>
/// <param name="Central">There only when true: of several people the one in the middle was taken.</param>
/// <param name="Turned">There only when the photo had to be turned: degrees clockwise.</param>
internal sealed record AddedFaceAnswer(
    string StudentId, int FacesFound, bool AlreadyEnrolled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LookalikeAnswer? Lookalike,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Central,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Turned)
{
    public static AddedFaceAnswer Of(StudentId student, EnrolledFace face) => new(
        student.Value, face.FacesFound, face.AlreadyEnrolled, LookalikeAnswer.Of(face.Lookalike), face.IsCentral ? true : null,
        face.Turned > 0 ? face.Turned : null);
}

/// <summary>/api/v1/students/{id} and its faces, in resource style with problem documents.</summary>
internal static class StudentEndpoints
{
    private const string Student =
        """{"id":"siswaA","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":null,"embedding_count":1,"last_enrolled_at":"2026-01-05T07:12:00+00:00"}""";

    private const string NoSuchStudent = "No such student";

    public static void MapStudentResources(this IEndpointRouteBuilder app)
    {
        var students = app.MapGroup("/api/v1/students/{id}");
        students.MapGet("/", FindAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead, Scopes.Own)
            .Describe("GetStudent", ApiGroup.StudentResources, "One student")
            .Answers<StudentAnswer>(200, "The student", Student)
            .AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        students.MapDelete("/", RemoveAsync).Needs(Scopes.Admin)
            .Describe(
                "RemoveStudent", ApiGroup.StudentResources, "Forget a student", "Removes templates, attendance and undelivered events.")
            .Answers(204, "Forgotten")
            .AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        students.MapGet("/faces", ListFacesAsync).Needs(Scopes.Enroll)
            .Describe(
                "ListFaces", ApiGroup.StudentResources, "The student's face templates",
                "Newest first. The templates themselves are never given out.")
            .Answers<Listing<FaceTemplateAnswer>>(200, "The templates",
                """{"items":[{"id":"019a0000-0000-7000-8000-000000000000","contract":"mobilefacenet-arcface/1","enrolled_at":"2026-01-05T07:12:00+00:00"}]}""")
            .AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        students.MapPost("/faces", AddFaceAsync).Needs(Scopes.Enroll)
            .Describe("AddFace", ApiGroup.StudentResources, "Enrol a face", "As /enroll does, with a refusal as 422.")
            .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
            .TakesField("override_duplicate", "Enrol although the face resembles another student; needs a reason.")
            .TakesField(
                "override_another_person",
                "For administrators: enrol although the face is unlike the student's other photos; needs a reason.")
            .TakesField("reason", "Why, for the audit log. At most 500 characters.")
            .TakesField(
                "central",
                "Of several people, take the one in the middle of the photo; the answer then says `central`. May stand in the query too.")
            .Answers<AddedFaceAnswer>(201, "One template was stored",
                """{"student_id":"siswaA","faces_found":1,"already_enrolled":false,"lookalike":{"student_id":"siswaB","similarity":0.5213}}""")
            .Answers<AddedFaceAnswer>(
                200, "The very photo was stored before", """{"student_id":"siswaA","faces_found":1,"already_enrolled":true}""")
            .AnswersProblem(422, "The photo was refused", "enrollment.no_face")
            .AnswersProblem(413, "The upload is too large", "request.too_large")
            .AnswersUsualProblems();
        students.MapDelete("/faces/{faceId:guid}", RemoveFaceAsync).Needs(Scopes.Enroll)
            .Describe("RemoveFace", ApiGroup.StudentResources, "Remove one face template")
            .Answers(204, "Removed")
            .AnswersProblem(404, "No such template", "template.not_found").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<StudentAnswer>, ProblemAnswer>> FindAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        if (!http.MayActFor(student)) return AccessErrors.OtherStudent.ToProblem();

        return (await mediator.Send(new GetStudent(http.School(), student), ct)).ToOk(StudentAnswer.Of);
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new RemoveStudent(http.School(), student), ct)).ToNoContent();
    }

    private static async Task<Results<Ok<Listing<FaceTemplateAnswer>>, ProblemAnswer>> ListFacesAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new ListTemplates(http.School(), student), ct))
            .ToOk(templates => Pages.Of(templates, FaceTemplateAnswer.Of));
    }

    private static async Task<Results<Created<AddedFaceAnswer>, Ok<AddedFaceAnswer>, ProblemAnswer>> AddFaceAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var student = fields.PathStudentId("id", id);
        var image = fields.RequiredFile("image");
        var overrideDuplicate = fields.Flag("override_duplicate", absent: false, RequestFields.Body);
        var overrideAnother = fields.Flag("override_another_person", absent: false, RequestFields.Body);
        var reason = fields.OptionalText("reason", maxLength: 500, RequestFields.Body);
        var central = fields.Flag("central", absent: false, RequestFields.Query, RequestFields.Body);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        if (overrideAnother && !http.IsAdmin()) return AccessErrors.ScopeMissing([Scopes.Admin]).ToProblem();

        var enrolled = await mediator.Send(
            new EnrollFace(http.School(), student, image, overrideDuplicate, overrideAnother, reason, Central: central), ct);
        return enrolled.Match<Results<Created<AddedFaceAnswer>, Ok<AddedFaceAnswer>, ProblemAnswer>>(
            face => face.AlreadyEnrolled ? TypedResults.Ok(AddedFaceAnswer.Of(student, face)) : TypedResults.Created(
                (string?)null, AddedFaceAnswer.Of(student, face)),
            error => error.ToProblem());
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveFaceAsync(
        string id, Guid faceId, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new RemoveTemplate(http.School(), student, new TemplateId(faceId)), ct)).ToNoContent();
    }
}
