using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /enroll.</summary>
internal static class EnrollmentEndpoints
{
    public static void MapEnrollment(this IEndpointRouteBuilder app) => app.MapPost("/enroll", EnrollAsync).Needs(Scopes.Enroll)
        .Describe("EnrollFace", ApiGroup.Enrolment, "Enrol a student's face",
            "Stores one face template. A student whose id is new comes into being with it. `lookalike` names another student who is so " +
            "near that a camera could take the one for the other: a sibling, a twin, or the same person under two ids. Between the two " +
            "a clear lead is then asked for.")
        .TakesField("student_id", "The school's own id of the student.", isRequired: true, example: "siswaA")
        .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
        .LooksAtAPicture(ErrorMapping.ToContract)
        .TakesQuery("override_duplicate", "Enrol although the face resembles another student; needs a reason.", false)
        .TakesQuery(
            "override_another_person",
            "For administrators: enrol although the face is unlike the student's other photos; needs a reason.", false)
        .TakesQuery<string>("reason", "Why, for the audit log. At most 500 characters.")
        .TakesQuery("central", "Of several people, take the one in the middle of the photo; the answer then says `central`.", false)
        .Answers<EnrollAnswer>(200, "One face was stored", """{"ok":true,"saved":1,"msg":"1 face saved","faces_found":1}""")
        .Answers<EnrollAnswer>(200, "One face was stored, and another student looks much alike",
            """{"ok":true,"saved":1,"msg":"1 face saved","faces_found":1,"lookalike":{"student_id":"siswaB","similarity":0.5213}}""")
        .Answers<EnrollAnswer>(200, "The photo was refused: no_face, multiple_faces, low_quality, duplicate_person, another_person",
            """{"ok":false,"saved":0,"msg":"No face was found; take the photo from nearer, from the front and in good light.","code":"no_face","faces_found":0}""")
        .AnswersBadImage().AnswersBadFields().AnswersTooLarge().AnswersUnavailable();

    private static async Task<IResult> EnrollAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToContract();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var student = fields.RequiredStudentId("student_id");
        var image = fields.RequiredFile("image");
        var overrideDuplicate = fields.Flag("override_duplicate", absent: false, RequestFields.Query, RequestFields.Body);
        var overrideAnother = fields.Flag("override_another_person", absent: false, RequestFields.Query, RequestFields.Body);
        var reason = fields.OptionalText("reason", maxLength: 500, RequestFields.Query, RequestFields.Body);
        var central = fields.Flag("central", absent: false, RequestFields.Query, RequestFields.Body);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);
        if (overrideAnother && !http.IsAdmin()) return AccessErrors.ScopeMissing([Scopes.Admin]).ToForbidden(http);

        var enrolled =
            await mediator.Send(
                new EnrollFace(http.School(), student, image, overrideDuplicate, overrideAnother, reason, Central: central), ct);
        return enrolled.Match(
            face => Results.Json(EnrollAnswer.Of(face), ContractJson.Wire.EnrollAnswer),
            error => error.Kind == ErrorKind.Rejected ? error.ToRefusedPhoto() : error.ToContract(fields));
    }
}
