using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>The share of strangers before a camera who get a name.</summary>
/// <param name="Set">As it was set; null where FACE_TOLERANCE fixes the threshold.</param>
/// <param name="Estimated">As the model's calibration has it at this size.</param>
/// <param name="Measured">On these students, each a stranger to the rest.</param>
internal sealed record StrangersNamedAnswer(double? Set, double? Estimated, double? Measured);

/// <summary>How many students have their nearest other in a step of 0.05.</summary>
/// <param name="From">Where the step begins.</param>
internal sealed record NearestOtherAnswer(double From, int Students);

/// <summary>Two students who are near each other.</summary>
internal sealed record LookalikesAnswer(string StudentId, string OtherId, double Similarity);

/// <summary>How near students are to each other.</summary>
/// <param name="LookedAt">How many were compared with all others.</param>
/// <param name="Threshold">From which similarity on a face is a student's.</param>
/// <param name="DuplicateThreshold">From which similarity on a new face is taken for a student who is enrolled.</param>
/// <param name="Lookalikes">The pairs at or above the threshold, a hundred at most.</param>
internal sealed record GallerySurveyAnswer(
    int Students, int LookedAt, double Threshold, double DuplicateThreshold, StrangersNamedAnswer StrangersNamed,
    IReadOnlyList<NearestOtherAnswer> NearestOther,
    IReadOnlyList<LookalikesAnswer> Lookalikes)
{
    public static GallerySurveyAnswer Of(GallerySurvey survey) => new(
        survey.Students.Total, survey.Looked, Math.Round(survey.Threshold, 4), Math.Round(survey.DuplicateThreshold, 4),
        new(Rate(survey.RateSet), Rate(survey.RateEstimated), Rate(survey.RateMeasured)),
        [.. survey.NearestOther.Index().Where(step => step.Item > 0)
            .Select(step => new NearestOtherAnswer(Math.Round(step.Index * GallerySurvey.Step, 2), step.Item))],
        [.. survey.Lookalikes.Select(pair => new LookalikesAnswer(pair.Student.Value, pair.Other.Value, Math.Round(pair.Similarity, 4)))]);

    private static double? Rate(double? rate) => rate is { } known ? Math.Round(known, 6) : null;
}

/// <summary>GET /api/v1/gallery/similarities.</summary>
internal static class GalleryEndpoints
{
    private const string Example =
        """{"students":412,"looked_at":412,"threshold":0.4512,"duplicate_threshold":0.5484,"strangers_named":{"set":0.01,"estimated":0.01,"measured":0.0121},"nearest_other":[{"from":0.25,"students":203},{"from":0.3,"students":204},{"from":0.45,"students":5}],"lookalikes":[{"student_id":"siswaA","other_id":"siswaB","similarity":0.5213}]}""";

    public static void MapGallery(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/gallery/similarities", SurveyAsync).Needs(Scopes.Admin)
        .AuditsReading(AuditActions.GallerySurveyed, "gallery")
        .Describe("SurveyGallery", ApiGroup.Recognitions, "How near students are to each other",
            "Compares each student with all others (of a large gallery 2,000 of them). `strangers_named` is the share of strangers " +
            "before a camera who get a name: as it was set (null where FACE_TOLERANCE fixes the threshold), as the model's calibration " +
            "has it at this size, and as measured on these students, each a stranger to the rest. `nearest_other` counts students by " +
            "the similarity to the other who is nearest, in steps of 0.05. `lookalikes` are the pairs at or above the threshold, a " +
            "hundred at most: siblings, twins, or one person under two ids. No picture and no template leaves. One survey at a time.")
        .Answers<GallerySurveyAnswer>(200, "The survey", Example)
        .AnswersUsualProblems();

    private static async Task<Results<Ok<GallerySurveyAnswer>, ProblemAnswer>> SurveyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new SurveyGallery(http.School()), ct)).ToOk(GallerySurveyAnswer.Of);
}
