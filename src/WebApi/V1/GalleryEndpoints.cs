using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>GET /api/v1/gallery/similarities.</summary>
internal static class GalleryEndpoints
{
    private const string Example =
        """{"students":412,"looked_at":412,"threshold":0.4512,"duplicate_threshold":0.5484,"strangers_named":{"set":0.01,"estimated":0.01,"measured":0.0121},"nearest_other":[{"from":0.25,"students":203},{"from":0.3,"students":204},{"from":0.45,"students":5}],"lookalikes":[{"student_id":"siswaA","other_id":"siswaB","similarity":0.5213}]}""";

    public static void MapGallery(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/gallery/similarities", SurveyAsync).Needs(Scopes.Admin)
        .AuditsReading(AuditActions.GallerySurveyed, "gallery")
        .Describe("Recognition, v1", "How near students are to each other",
            "Compares each student with all others (of a large gallery 2,000 of them). `strangers_named` is the share of strangers before a camera who get a name: as it was set (null where FACE_TOLERANCE fixes the threshold), as the model's calibration has it at this size, and as measured on these students, each a stranger to the rest. `nearest_other` counts students by the similarity to the other who is nearest, in steps of 0.05. `lookalikes` are the pairs at or above the threshold, a hundred at most: siblings, twins, or one person under two ids. No picture and no template leaves. One survey at a time.")
        .Answers(200, "The survey", Example)
        .AnswersUsualProblems();

    private static async Task<IResult> SurveyAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var surveyed = await mediator.Send(new SurveyGallery(http.School()), ct);
        return surveyed.Match(survey => new JsonAnswer(StatusCodes.Status200OK, null, json =>
        {
            json.WriteNumber("students", survey.Students.Total);
            json.WriteNumber("looked_at", survey.Looked);
            json.WriteNumber("threshold", Math.Round(survey.Threshold, 4));
            json.WriteNumber("duplicate_threshold", Math.Round(survey.DuplicateThreshold, 4));
            json.WriteStartObject("strangers_named");
            Rate("set", survey.RateSet);
            Rate("estimated", survey.RateEstimated);
            Rate("measured", survey.RateMeasured);
            json.WriteEndObject();
            json.WriteStartArray("nearest_other");
            for (var i = 0; i < survey.NearestOther.Count; i++)
            {
                if (survey.NearestOther[i] == 0) continue;
                json.WriteStartObject();
                json.WriteNumber("from", Math.Round(i * GallerySurvey.Step, 2));
                json.WriteNumber("students", survey.NearestOther[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("lookalikes");
            foreach (var pair in survey.Lookalikes)
            {
                json.WriteStartObject();
                json.WriteString("student_id", pair.Student.Value);
                json.WriteString("other_id", pair.Other.Value);
                json.WriteNumber("similarity", Math.Round(pair.Similarity, 4));
                json.WriteEndObject();
            }
            json.WriteEndArray();

            void Rate(string name, double? rate)
            {
                if (rate is { } known) json.WriteNumber(name, Math.Round(known, 6));
                else json.WriteNull(name);
            }
        }), ErrorMapping.ToProblem);
    }
}
