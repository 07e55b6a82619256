using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>POST /api/v1/verifications: a picture against one student (1:1).</summary>
internal static class VerificationEndpoints
{
    public static void MapVerifications(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/verifications", VerifyAsync).Needs(Scopes.Recognize)
        .Describe("Recognition, v1", "Is this the student?",
            "Compares the largest face with the student's templates. The threshold is the model's for comparing two faces, at a false-match rate of 1e-3. Nothing is recorded.")
        .TakesField("student_id", "Who it is said to be.", isRequired: true, example: "siswaA")
        .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
        .Answers(200, "Compared", """{"match":true,"similarity":0.7312,"threshold":0.3628}""")
        .AnswersProblem(422, "There is nothing to compare", "verification.not_enrolled")
        .AnswersProblem(413, "The upload is too large", "request.too_large").AnswersUsualProblems();

    private static async Task<IResult> VerifyAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var student = fields.RequiredStudentId("student_id");
        var image = fields.RequiredFile("image");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var verified = await mediator.Send(new VerifyFace(http.School(), student, image), ct);
        return verified.Match(face => new JsonAnswer(StatusCodes.Status200OK, null, json =>
        {
            json.WriteBoolean("match", face.IsMatch);
            json.WriteNumber("similarity", Math.Round(face.Similarity, 4));
            json.WriteNumber("threshold", Math.Round(face.Threshold, 4));
        }), ErrorMapping.ToProblem);
    }
}
