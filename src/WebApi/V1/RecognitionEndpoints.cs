using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>POST /api/v1/recognitions.</summary>
internal static class RecognitionEndpoints
{
    private const string Example =
        """{"width":640,"height":480,"threshold":0.43,"faces":[{"box":{"top":120,"right":260,"bottom":220,"left":160},"student_id":"siswaA","similarity":0.62,"distance":0.3,"confidence":0.998}]}""";

    public static void MapRecognitionResources(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/recognitions", RecognizeAsync).Needs(Scopes.Recognize)
        .Describe("Recognition, v1", "Who is in this picture",
            "Nothing is stored, announced or dispatched. Boxes are in pixels of the upright picture. `similarity` is the cosine to the nearest student, whether or not it reaches `threshold`, which grows with the number of students enrolled; null while nobody is enrolled. `distance` is the same on one scale for every model: 0 is identical, 0.45 the model's base threshold, 1 opposite, and 1 while nobody is enrolled. `student_id` is null for a face that is nobody's for certain. `confidence` is the detector's.")
        .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC, at most 15 MiB.", isRequired: true)
        .Answers(200, "Every face, tallest first", Example)
        .AnswersProblem(413, "The upload is too large", "request.too_large").AnswersUsualProblems();

    private static async Task<IResult> RecognizeAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var image = fields.RequiredFile("image");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var recognized = await mediator.Send(new RecognizeFrame(http.School(), image), ct);
        return recognized.Match(
            frame => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                json.WriteNumber("width", frame.Width);
                json.WriteNumber("height", frame.Height);
                json.WriteNumber("threshold", Math.Round(frame.Threshold, 4));
                json.WriteStartArray("faces");
                foreach (var face in frame.Faces)
                {
                    json.WriteStartObject();
                    json.WriteStartObject("box");
                    json.WriteNumber("top", face.Box.Top);
                    json.WriteNumber("right", face.Box.Right);
                    json.WriteNumber("bottom", face.Box.Bottom);
                    json.WriteNumber("left", face.Box.Left);
                    json.WriteEndObject();
                    json.WriteString("student_id", face.Who.Student?.Value);
                    if (face.Who.Similarity is { } similarity) json.WriteNumber("similarity", Math.Round(similarity, 4));
                    else json.WriteNull("similarity");
                    json.WriteNumber("distance", face.Who.Distance);
                    json.WriteNumber("confidence", Math.Round(face.Confidence, 4));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }),
            ErrorMapping.ToProblem);
    }
}
