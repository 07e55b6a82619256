using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST and GET /students, GET /students/{id}.</summary>
internal static class StudentEndpoints
{
    private const string Student =
        """{"id":"siswaA","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":null,"embedding_count":1,"last_enrolled_at":"2026-01-05T07:12:00+00:00"}""";

    // The use case says what each field may hold; this only keeps a megabyte of text from reaching it.
    private const int MaxTextLength = 2000;

    public static void MapStudents(this IEndpointRouteBuilder app)
    {
        app.MapPost("/students", UpsertAsync).Needs(Scopes.Enroll)
            .Describe(
                "UpsertStudent", ApiGroup.Students, "Add or update a student",
                "A field left out or empty keeps its stored value. The photo is enrolled and not kept.")
            .TakesField("student_id", "The school's own id of the student.", isRequired: true, example: "siswaA")
            .TakesField("full_name", "At most 200 characters.", isRequired: true, example: "Ayu Lestari")
            .TakesField("birth_date", "YYYY-MM-DD, from 1900 to today.", example: "2010-04-21")
            .TakesField("class_name", "At most 100 characters.", example: "7B")
            .TakesField("address", "At most 500 characters.")
            .TakesField("enroll_after_upload", "Whether the photo is enrolled; true when left out.", example: "true")
            .TakesQuery("central", "Of several people on the photo, take the one in the middle; the answer then says `central`.", false)
            .TakesFile("photo", "A JPEG, PNG, WebP, AVIF or HEIC of the student alone, at most 15 MiB.")
            .Answers<UpsertedAnswer>(200, "The student as stored", $$"""{"ok":true,"student":{{Student}},"enrolled":1}""")
            .AnswersBadFields().AnswersTooLarge().AnswersUnavailable();
        app.MapGet("/students", ListAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead)
            .AuditsReading(AuditActions.StudentsListed, "students")
            .Describe("ListStudents", ApiGroup.Students, "List students", "By id. `total` counts all that match.")
            .TakesQuery<string>("q", "Part of an id, a name or a class.")
            .TakesQuery("limit", "1 to 200.", 50, 1, 200)
            .TakesQuery("offset", "How many to leave out.", 0, 0)
            .Answers<StudentPageAnswer>(200, "A page", $$"""{"ok":true,"items":[{{Student}}],"total":1}""")
            .AnswersBadFields().AnswersUnavailable();
        app.MapGet("/students/{id}", FindAsync).Needs(Scopes.Enroll, Scopes.AttendanceRead)
            .Describe("FindStudent", ApiGroup.Students, "One student")
            .Answers<FoundStudentAnswer>(200, "The student", $$"""{"ok":true,"student":{{Student}}}""")
            .Answers<RefusedAnswer>(404, "No such student", """{"ok":false,"msg":"Student not found"}""")
            .AnswersBadFields().AnswersUnavailable();
    }

    private static async Task<IResult> UpsertAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "photo", ct);
        if (read.Error is { } unreadable) return unreadable.ToContract();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var student = fields.RequiredStudentId("student_id");
        var fullName = fields.RequiredText("full_name", MaxTextLength);
        var birthDate = fields.Date("birth_date");
        var className = fields.OptionalText("class_name", MaxTextLength, RequestFields.Body);
        var address = fields.OptionalText("address", MaxTextLength, RequestFields.Body);
        var photo = fields.OptionalFile("photo");
        var enroll = fields.Flag("enroll_after_upload", absent: true, RequestFields.Body);
        var central = fields.Flag("central", absent: false, RequestFields.Query, RequestFields.Body);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);

        var upserted = await mediator.Send(
            new UpsertStudent(
                http.School(), student, new StudentProfile(fullName!, birthDate, className, address), enroll ? photo : null, central), ct);
        return upserted.Match(
            done => Results.Json(UpsertedAnswer.Of(done), ContractJson.Wire.UpsertedAnswer),
            error => error.ToContract(fields));
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var query = fields.OptionalText("q", maxLength: 200, RequestFields.Query);
        var limit = fields.Integer("limit", absent: 50, least: 1, most: 200);
        var offset = fields.Integer("offset", absent: 0, least: 0, most: int.MaxValue);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);

        var page = await mediator.Send(new ListStudents(http.School(), query, limit, offset), ct);
        return page.Match(
            found =>
                Results.Json(new StudentPageAnswer(true, [.. found.Items.Select(StudentAnswer.Of)], found.Total),
                    ContractJson.Wire.StudentPageAnswer),
            error => error.ToContract(fields));
    }

    private static async Task<IResult> FindAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);

        var found = await mediator.Send(new GetStudent(http.School(), student), ct);
        return found.Match(
            s => Results.Json(new FoundStudentAnswer(true, StudentAnswer.Of(s)), ContractJson.Wire.FoundStudentAnswer),
            error => error.ToContract(fields));
    }
}
