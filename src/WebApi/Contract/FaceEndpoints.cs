using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /api/face/train/ and /api/face/test/: a student's own face, by the token alone.</summary>
internal static class FaceEndpoints
{
    private static readonly Error NoImage = Error.InvalidField("image", "No image provided");

    public static void MapFaces(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/face/train", TrainAsync).NeedsCredentials(Scopes.Own)
            .Describe(
                "TrainOwnFace", ApiGroup.OwnFace, "Register one's face",
                "For a user with the role student: stores one face template of the token's own student. Once one is stored, only the " +
                "same person's face is taken.")
            .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
            .LooksAtAPicture(ErrorMapping.ToFaceError)
            .Answers<MessageAnswer>(201, "Registered", """{"message":"Person trained successfully"}""")
            .Answers<FaceErrorAnswer>(400, "The picture was refused", """{"error":"No face found in the image"}""")
            .AnswersNoStudent();
        app.MapPost("/api/face/test", TestAsync).NeedsCredentials(Scopes.Own)
            .Describe("TestOwnFace", ApiGroup.OwnFace, "Is this me?", "Compares the picture with the templates of the token's own student.")
            .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC of one person, at most 15 MiB.", isRequired: true)
            .LooksAtAPicture(ErrorMapping.ToFaceError)
            .Answers<MessageAnswer>(200, "The same person", """{"message":"Face match!"}""")
            .Answers<FaceTestAnswer>(400, "Another person", """{"message":"Face not match."}""")
            .Answers<FaceTestAnswer>(400, "Nothing to compare", """{"error":"User does not have a registered face encoding."}""")
            .AnswersNoStudent();
    }

    private static RouteHandlerBuilder AnswersNoStudent(this RouteHandlerBuilder endpoint) => endpoint.Answers<DetailAnswer>(
        403, "The caller is no student", $$"""{"detail":"{{AccessErrors.NoStudent.Message}}"}""");

    private static Task<IResult> TrainAsync(HttpContext http, IMediator mediator, CancellationToken ct) =>
        WithImageAsync(http, async (student, image) =>
    {
        var enrolled = await mediator.Send(new EnrollFace(http.School(), student, image, MustMatchEnrolled: true), ct);
        return enrolled.Match(_ => Message(StatusCodes.Status201Created, "Person trained successfully"), ErrorMapping.ToFaceError);
    }, ct);

    private static Task<IResult> TestAsync(HttpContext http, IMediator mediator, CancellationToken ct) =>
        WithImageAsync(http, async (student, image) =>
    {
        var verified = await mediator.Send(new VerifyFace(http.School(), student, image), ct);
        return verified.Match(
            face =>
                face.IsMatch ? Message(StatusCodes.Status200OK, "Face match!")
                    : Message(StatusCodes.Status400BadRequest, "Face not match."),
            ErrorMapping.ToFaceError);
    }, ct);

    private static async Task<IResult> WithImageAsync(
        HttpContext http, Func<StudentId, ReadOnlyMemory<byte>, Task<IResult>> answer, CancellationToken ct)
    {
        if (http.OwnStudent() is not { } student) return AccessErrors.NoStudent.ToForbidden(http);
        if (!BodyType.IsJson(http.Request) && !BodyType.IsForm(http.Request)) return BodyType.OnlyJsonOrForm.ToDetail();
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToFaceError();
        using var form = read.Value;
        return form.File("image") is { } image ? await answer(student, image) : NoImage.ToFaceError();
    }

    private static JsonAnswer<MessageAnswer> Message(int status, string text) => new(status, new(text));
}
