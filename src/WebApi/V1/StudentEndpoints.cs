using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
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
/// <param name="EnrolledBy">The caller, as the audit log names them; null for what an earlier version enrolled.</param>
/// <param name="Imported">Whether the photo came with a roster.</param>
internal sealed record FaceTemplateAnswer(Guid Id, string Contract, DateTimeOffset EnrolledAt, string? EnrolledBy, bool Imported)
{
    public static FaceTemplateAnswer Of(TemplateSummary template) =>
        new(template.Id.Value, template.Contract.Value, template.EnrolledAt.ToUniversalTime(), template.EnrolledBy, template.Imported);
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

/// <summary>What the school notes of a student, as a whole.</summary>
internal sealed record ProfileBody(string FullName, DateOnly? BirthDate, string? ClassName, string? Address) : IJsonBody<ProfileBody>
{
    public StudentProfile ToProfile() => ProfileOf(FullName, BirthDate, ClassName, Address);

    public override string ToString() => "ProfileBody(withheld)";

    // A form's field that was left empty says nothing.
    public static StudentProfile ProfileOf(string fullName, DateOnly? birthDate, string? className, string? address) =>
        new(fullName.Trim(), birthDate, Said(className), Said(address));

    public static ProfileBody Read(JsonFields fields) => new(
        fields.RequiredText("full_name"), fields.OptionalDate("birth_date"), fields.OptionalText("class_name"),
        fields.OptionalText("address"));

    private static string? Said(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>A student whom the school does not have yet.</summary>
/// <param name="Id">The school's own.</param>
internal sealed record NewStudent(StudentId Id, string FullName, DateOnly? BirthDate, string? ClassName, string? Address)
    : IJsonBody<NewStudent>
{
    public StudentProfile ToProfile() => ProfileBody.ProfileOf(FullName, BirthDate, ClassName, Address);

    public override string ToString() => "NewStudent(withheld)";

    public static NewStudent Read(JsonFields fields) => new(
        fields.RequiredStudentId("id"), fields.RequiredText("full_name"), fields.OptionalDate("birth_date"),
        fields.OptionalText("class_name"), fields.OptionalText("address"));
}

/// <summary>A class, by the name that its students' profiles have.</summary>
/// <param name="Students">How many it has.</param>
internal sealed record SchoolClassAnswer(string Name, int Students)
{
    public static SchoolClassAnswer Of(SchoolClass found) => new(found.Name, found.Students);
}

/// <summary>A page of the school's students.</summary>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record RosterPage(IReadOnlyList<StudentAnswer> Items, int Total)
{
    public static RosterPage Of(StudentPage page) => new([.. page.Items.Select(StudentAnswer.Of)], page.Total);
}

/// <summary>/api/v1/students and /api/v1/classes, /api/v1/students/{id} and its faces, in resource style with problem documents.</summary>
internal static class StudentEndpoints
{
    private const string Student =
        """{"id":"siswaA","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":null,"embedding_count":1,"last_enrolled_at":"2026-01-05T07:12:00+00:00"}""";

    private const string NoSuchStudent = "No such student";

    public static void MapStudentResources(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/students", ListAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead)
            .AuditsReading(AuditActions.StudentsListed, "students")
            .Describe("BrowseStudents", ApiGroup.StudentResources, "The school's students", "By id. `total` counts all that match.")
            .TakesQuery<string>("q", "Part of an id, a name or a class.")
            .TakesQuery<string>("class_name", "Of this class alone, to the letter.")
            .TakesPage()
            .Answers<RosterPage>(200, "A page", $$"""{"items":[{{Student}}],"total":1}""").AnswersUsualProblems();
        app.MapPost("/api/v1/students", AddAsync).Needs(Scopes.Enroll)
            .Describe(
                "AddStudent", ApiGroup.StudentResources, "Add a student", "One whose id is taken is refused, and nothing is changed.")
            .TakesJson<NewStudent>(
                """{"id":"siswaA","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":null}""")
            .Answers<StudentAnswer>(201, "Added", Student)
            .AnswersProblem(409, "The id is taken", "student.id_taken").AnswersUsualProblems();
        app.MapGet("/api/v1/classes", ListClassesAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead)
            .Describe(
                "ListClasses", ApiGroup.StudentResources, "The school's classes",
                "By name, as the students' profiles say, with their sizes.")
            .Answers<Listing<SchoolClassAnswer>>(200, "The classes", """{"items":[{"name":"7B","students":31}]}""").AnswersUsualProblems();

        var students = app.MapGroup("/api/v1/students/{id}");
        students.MapGet("/", FindAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead, Scopes.Own)
            .Describe("GetStudent", ApiGroup.StudentResources, "One student")
            .Answers<StudentAnswer>(200, "The student", Student)
            .AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        students.MapPut("/", ReplaceAsync).Needs(Scopes.Enroll)
            .Describe(
                "ReplaceProfile", ApiGroup.StudentResources, "Change a student's profile", "As a whole: what is left out is forgotten.")
            .TakesJson<ProfileBody>("""{"full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7C","address":null}""")
            .Answers<StudentAnswer>(200, "Changed", Student)
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
                """{"items":[{"id":"019a0000-0000-7000-8000-000000000000","contract":"mobilefacenet-arcface/1","enrolled_at":"2026-01-05T07:12:00+00:00","enrolled_by":"user:bu-rina","imported":false}]}""")
            .AnswersProblem(404, NoSuchStudent, "student.not_found").AnswersUsualProblems();
        students.MapPost("/faces", AddFaceAsync).Needs(Scopes.Enroll)
            .Describe("AddFace", ApiGroup.StudentResources, "Enrol a face",
                "As /enroll does, with a refusal as 422. The refusal of a photo that was looked at has a `picture`: its `width` and " +
                "`height` in pixels, by how much it was `turned` (degrees clockwise; all else is of the turned one), the boxes of its " +
                "`faces` and, as `subject`, which of them was judged.")
            .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
            .LooksAtAPicture(ErrorMapping.ToProblem)
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

    private static async Task<Results<Ok<RosterPage>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var query = fields.OptionalText("q", maxLength: 200, RequestFields.Query);
        var className = fields.OptionalText("class_name", maxLength: 100, RequestFields.Query);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new ListStudents(http.School(), query, limit, offset, className), ct)).ToOk(RosterPage.Of);
    }

    private static async Task<Results<Created<StudentAnswer>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewStudent>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        return (await mediator.Send(new AddStudent(http.School(), read.Value.Id, read.Value.ToProfile()), ct))
            .ToCreated(StudentAnswer.Of, student => $"/api/v1/students/{student.Id}");
    }

    private static async Task<Results<Ok<Listing<SchoolClassAnswer>>, ProblemAnswer>> ListClassesAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new ListClasses(http.School()), ct)).ToOk(classes => Pages.Of(classes, SchoolClassAnswer.Of));

    private static async Task<Results<Ok<StudentAnswer>, ProblemAnswer>> ReplaceAsync(
        string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var path = new RequestFields(http.Request);
        var student = path.PathStudentId("id", id);
        if (path.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        var read = await JsonFields.ReadAsync<ProfileBody>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        return (await mediator.Send(new ReplaceProfile(http.School(), student, read.Value.ToProfile()), ct)).ToOk(StudentAnswer.Of);
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
