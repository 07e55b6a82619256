using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
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

/// <summary>How many comparisons lie in a step of 0.02.</summary>
/// <param name="From">Where the step begins.</param>
internal sealed record ScoreStepAnswer(double From, long Comparisons);

/// <summary>A rate with how far the truth may lie from it (95 %, Wilson).</summary>
/// <param name="Comparisons">That say something new: two students are one pair, whichever is asked.</param>
/// <param name="Rate">Null without comparisons.</param>
/// <param name="TooFew">Nothing should be concluded from it.</param>
internal sealed record MeasuredRateAnswer(double Comparisons, double Errors, double? Rate, double Low, double High, bool TooFew)
{
    public static MeasuredRateAnswer Of(Share share, int fewest) => new(
        Math.Round(share.Trials), Math.Round(share.Hits, 1), share.Trials > 0 ? Math.Round(share.Rate, 8) : null,
        Math.Round(share.Interval.Low, 8), Math.Round(share.Interval.High, 8), share.Trials < fewest);
}

/// <summary>What follows for a stranger before a camera, at this gallery's size.</summary>
/// <param name="Rate">From false_match; null without comparisons.</param>
/// <param name="Calibrated">As the model's calibration has it; null without one.</param>
internal sealed record StrangerRateAnswer(double? Rate, double Low, double High, double? Calibrated);

/// <summary>Where the threshold lies between photos of one student and of two.</summary>
/// <param name="Threshold">From which similarity on a face is a student's.</param>
/// <param name="LookalikeMargin">How far a face must lie towards one of two lookalikes.</param>
/// <param name="Genuine">Photos with the same student's other photos.</param>
/// <param name="Impostor">Photos with other students.</param>
internal sealed record GalleryScoresAnswer(
    int Templates, int Students, double Threshold, double LookalikeMargin, double Step, IReadOnlyList<ScoreStepAnswer> Genuine,
    IReadOnlyList<ScoreStepAnswer> Impostor, MeasuredRateAnswer FalseNonMatch, MeasuredRateAnswer FalseMatch,
    StrangerRateAnswer StrangersNamed)
{
    public static GalleryScoresAnswer Of(ScoredGallery scored)
    {
        var (taken, students) = (scored.Scores.Taken, scored.Students.Total);
        var (low, high) = taken.Interval;
        return new(
            scored.Templates, students, Math.Round(scored.Threshold, 4), Math.Round(MatchPolicy.LookalikeMargin, 4), GalleryScores.Step,
            StepsOf(scored.Scores.Genuine), StepsOf(scored.Scores.Impostor),
            MeasuredRateAnswer.Of(scored.Scores.Missed, ScoredGallery.FewestGenuine),
            MeasuredRateAnswer.Of(taken, ScoredGallery.FewestImpostor),
            new(taken.Trials > 0 ? At(taken.Rate) : null, At(low), At(high),
                scored.RateCalibrated is { } rate ? Math.Round(rate, 6) : null));

        double At(double rate) => Math.Round(GalleryScores.AnyOf(rate, students), 6);
    }

    private static IReadOnlyList<ScoreStepAnswer> StepsOf(IReadOnlyList<long> counts) =>
    [
        .. counts.Index().Where(step => step.Item > 0)
            .Select(step => new ScoreStepAnswer(Math.Round((step.Index * GalleryScores.Step) - 1, 2), step.Item)),
    ];
}

/// <summary>GET /api/v1/gallery/similarities and /scores.</summary>
internal static class GalleryEndpoints
{
    private const string Example =
        """{"students":412,"looked_at":412,"threshold":0.4512,"duplicate_threshold":0.5484,"strangers_named":{"set":0.01,"estimated":0.01,"measured":0.0121},"nearest_other":[{"from":0.25,"students":203},{"from":0.3,"students":204},{"from":0.45,"students":5}],"lookalikes":[{"student_id":"siswaA","other_id":"siswaB","similarity":0.5213}]}""";

    private const string ScoresExample =
        """{"templates":824,"students":412,"threshold":0.4512,"lookalike_margin":0.1,"step":0.02,"genuine":[{"from":0.7,"comparisons":824}],"impostor":[{"from":0.02,"comparisons":169332}],"false_non_match":{"comparisons":824,"errors":3,"rate":0.00364078,"low":0.00123903,"high":0.01064827,"too_few":false},"false_match":{"comparisons":84666,"errors":0,"rate":0,"low":0,"high":0.00004537,"too_few":false},"strangers_named":{"rate":0,"low":0,"high":0.018518,"calibrated":0.01}}""";

    public static void MapGallery(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/gallery/scores", ScoreAsync).Needs(Scopes.Admin)
            .AuditsReading(AuditActions.GallerySurveyed, "gallery")
            .Describe("ScoreGallery", ApiGroup.Recognitions, "Where the threshold lies in this gallery",
                "Compares enrolled photos with their own student's other photos (genuine) and with other students (impostor), of a large " +
                "gallery 2,000 students with 200 others each. false_non_match and false_match are the errors of the threshold in force, " +
                "with 95 % intervals; where too_few says so, nothing should be concluded. strangers_named is what follows for a stranger " +
                "before a camera at this gallery's size, beside what the model's calibration has. Enrolled photos are better than a " +
                "camera's frames: expect more misses there. No picture and no template leaves. One at a time.")
            .Answers<GalleryScoresAnswer>(200, "The scores", ScoresExample).AnswersUsualProblems();
        app.MapGet("/api/v1/gallery/similarities", SurveyAsync).Needs(Scopes.Admin)
            .AuditsReading(AuditActions.GallerySurveyed, "gallery")
            .Describe("SurveyGallery", ApiGroup.Recognitions, "How near students are to each other",
                "Compares each student with all others (of a large gallery 2,000 of them). `strangers_named` is the share of strangers " +
                "before a camera who get a name: as it was set (null where FACE_TOLERANCE fixes the threshold), as the model's " +
                "calibration has it at this size, and as measured on these students, each a stranger to the rest. `nearest_other` " +
                "counts students by the similarity to the other who is nearest, in steps of 0.05. `lookalikes` are the pairs at or " +
                "above the threshold, a hundred at most: siblings, twins, or one person under two ids. No picture and no template " +
                "leaves. One survey at a time.")
            .Answers<GallerySurveyAnswer>(200, "The survey", Example)
            .AnswersUsualProblems();
    }

    private static async Task<Results<Ok<GallerySurveyAnswer>, ProblemAnswer>> SurveyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new SurveyGallery(http.School()), ct)).ToOk(GallerySurveyAnswer.Of);

    private static async Task<Results<Ok<GalleryScoresAnswer>, ProblemAnswer>> ScoreAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new ScoreGallery(http.School()), ct)).ToOk(GalleryScoresAnswer.Of);
}
