using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A picture compared with one student.</summary>
/// <param name="Similarity">Cosine similarity to the nearest of the student's templates, to 4 decimals.</param>
/// <param name="Threshold">From which on it is a match.</param>
internal sealed record VerificationAnswer(bool Match, double Similarity, double Threshold)
{
    public static VerificationAnswer Of(FaceVerification face) =>
        new(face.IsMatch, Math.Round(face.Similarity, 4), Math.Round(face.Threshold, 4));
}

/// <summary>POST /api/v1/verifications: a picture against one student (1:1).</summary>
internal static class VerificationEndpoints
{
    public static void MapVerifications(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/verifications", VerifyAsync).Needs(Scopes.Recognize)
        .Describe("VerifyFace", ApiGroup.Recognitions, "Is this the student?",
            "Compares the largest face with the student's templates. The threshold is the model's for comparing two faces, at a " +
            "false-match rate of 1e-3. Nothing is recorded.")
        .TakesField("student_id", "Who it is said to be.", isRequired: true, example: "siswaA")
        .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
        .LooksAtAPicture(ErrorMapping.ToProblem)
        .Answers<VerificationAnswer>(200, "Compared", """{"match":true,"similarity":0.7312,"threshold":0.3628}""")
        .AnswersProblem(422, "There is nothing to compare", "verification.not_enrolled")
        .AnswersProblem(413, "The upload is too large", "request.too_large").AnswersUsualProblems();

    private static async Task<Results<Ok<VerificationAnswer>, ProblemAnswer>> VerifyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var student = fields.RequiredStudentId("student_id");
        var image = fields.RequiredFile("image");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new VerifyFace(http.School(), student, image), ct)).ToOk(VerificationAnswer.Of);
    }
}
