using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A rectangle in pixels of the upright picture.</summary>
internal sealed record BoxAnswer(int Top, int Right, int Bottom, int Left);

/// <summary>A face in a picture, and whose it is.</summary>
/// <param name="StudentId">Null for a face that is nobody's for certain.</param>
/// <param name="Similarity">Cosine similarity to the nearest student, to 4 decimals; null while nobody is enrolled.</param>
/// <param name="Distance">The same on one scale for every model: 0 is identical, 0.45 the model's base threshold, 1 opposite.</param>
/// <param name="Confidence">The detector's.</param>
/// <param name="FullName">With hold, of a student: by which to greet them; null where the school gave none.</param>
/// <param name="Sighting">With hold, of a student: what POST /api/v1/sightings records, once, within seven days.</param>
internal sealed record RecognizedFaceAnswer(
    BoxAnswer Box, string? StudentId, double? Similarity, double Distance, double Confidence, string? FullName, string? Sighting)
{
    public static RecognizedFaceAnswer Of(RecognizedFace face, HeldFace? held) => new(
        new(face.Box.Top, face.Box.Right, face.Box.Bottom, face.Box.Left), face.Who.Student?.Value,
        face.Who.Similarity is { } similarity ? Math.Round(similarity, 4) : null, face.Who.Distance, Math.Round(face.Confidence, 4),
        held?.FullName, held?.Statement);

    public override string ToString() => "RecognizedFaceAnswer(withheld)";
}

/// <summary>Every face of a picture, tallest first.</summary>
/// <param name="Threshold">From which similarity on a face is a student's.</param>
/// <param name="TimingsMs">Milliseconds by stage, of those that the picture went through.</param>
internal sealed record RecognitionAnswer(
    int Width, int Height, double Threshold, IReadOnlyList<RecognizedFaceAnswer> Faces, IReadOnlyDictionary<string, double> TimingsMs)
{
    public static RecognitionAnswer Of(RecognizedFrame frame) => Of(frame, new HeldFace?[frame.Faces.Count]);

    public static RecognitionAnswer Of(HeldFrame held) => Of(held.Frame, held.Held);

    private static RecognitionAnswer Of(RecognizedFrame frame, IReadOnlyList<HeldFace?> held) => new(
        frame.Width, frame.Height, Math.Round(frame.Threshold, 4), [.. frame.Faces.Zip(held, RecognizedFaceAnswer.Of)], TimingsOf(frame));

    private static Dictionary<string, double> TimingsOf(RecognizedFrame frame) =>
        frame.Times.ToDictionary(t => t.Stage, t => Math.Round(t.Duration.TotalMilliseconds, 2));
}

/// <summary>POST /api/v1/recognitions.</summary>
internal static class RecognitionEndpoints
{
    private const string Example =
        """{"width":640,"height":480,"threshold":0.43,"faces":[{"box":{"top":120,"right":260,"bottom":220,"left":160},"student_id":"siswaA","similarity":0.62,"distance":0.3,"confidence":0.998,"full_name":null,"sighting":null}],"timings_ms":{"wait":0.01,"decode":2.1,"detect":11.4,"embed":7.9,"search":0.05}}""";

    public static void MapRecognitionResources(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/recognitions", RecognizeAsync).Needs(Scopes.Recognize)
        .Describe("RecognizeFaces", ApiGroup.Recognitions, "Who is in this picture",
            "Nothing is stored, announced or dispatched. Boxes are in pixels of the upright picture. `similarity` is the cosine to the " +
            "nearest student, whether or not it reaches `threshold`, which grows with the number of students enrolled; null while " +
            "nobody is enrolled. `distance` is the same on one scale for every model: 0 is identical, 0.45 the model's base threshold, " +
            "1 opposite, and 1 while nobody is enrolled. `student_id` is null for a face that is nobody's for certain. `confidence` is " +
            "the detector's. `timings_ms` has the milliseconds of each stage that the picture went through: `wait` (for a turn at the " +
            "models), `decode`, `detect`, `decode_closer` (small faces of a large picture), `embed`, `search`. " +
            "With `hold`, each face that is a student's has a `sighting`, which POST /api/v1/sightings records later: a client that is " +
            "cut off meanwhile loses nothing, and keeps no pictures.")
        .TakesFile("image", "A JPEG, PNG, WebP, AVIF or HEIC, at most 15 MiB.", isRequired: true)
        .LooksAtAPicture(ErrorMapping.ToProblem)
        .TakesQuery("hold", "Give each student's face a name and a sighting.", false)
        .TakesQuery<string>(
            "device_id", "With hold, kept in the sighting. At most 64 characters. A device's own key says it by itself, and no other.")
        .TakesQuery<string>("location_id", "With hold, kept in the sighting. At most 64 characters.")
        .TakesQuery<string>("class_id", "With hold, kept in the sighting. At most 64 characters.")
        .TakesQuery<string>(
            "session_id",
            "With hold, kept in the sighting. The id of a class session; without it the sighting counts in each that is open then. At " +
            "most 64 characters.")
        .Answers<RecognitionAnswer>(200, "Every face, tallest first", Example)
        .AnswersProblem(413, "The upload is too large", "request.too_large")
        .AnswersProblem(403, "A device's own key and another device_id", "access.other_device").AnswersUsualProblems();

    private static async Task<Results<Ok<RecognitionAnswer>, ProblemAnswer>> RecognizeAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var image = fields.RequiredFile("image");
        var isHeld = fields.Flag("hold", absent: false, RequestFields.Query);
        var context = fields.SightingContext(http);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        if (context.Error is { } foreign) return foreign.ToProblem();

        return isHeld
            ? (await mediator.Send(new HoldSightings(http.School(), image, context.Value), ct)).ToOk(RecognitionAnswer.Of)
            : (await mediator.Send(new RecognizeFrame(http.School(), image), ct)).ToOk(RecognitionAnswer.Of);
    }
}
