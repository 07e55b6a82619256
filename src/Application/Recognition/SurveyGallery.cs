using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>How near a school's students are to each other, and what that says of the strangers who get a name. No picture and no template
/// leaves.</summary>
public sealed record SurveyGallery(SchoolId School) : IRequest<Result<GallerySurvey>>;

/// <param name="Looked">How many of the students were compared with all others.</param>
/// <param name="Threshold">Cosine similarity from which a face counts as a student's.</param>
/// <param name="DuplicateThreshold">Cosine similarity from which a new face is taken for a student who is enrolled.</param>
/// <param name="RateSet">Share of strangers who may be named; null where the threshold is fixed, or the model was not calibrated.</param>
/// <param name="RateEstimated">The same as the model's calibration has it at this size; null without one.</param>
/// <param name="RateMeasured">Share of the students who would be named as another if they were not enrolled: each is a stranger to the
/// rest. Null below two.</param>
/// <param name="NearestOther">Students by the similarity to the other who is nearest, in steps of <see cref="Step"/> from 0; whoever is
/// below 0 counts there.</param>
/// <param name="Lookalikes">Pairs at or above the threshold, the nearest first, at most <see cref="MostPairs"/>.</param>
public sealed record GallerySurvey(
    GallerySize Students, int Looked, float Threshold, float DuplicateThreshold, double? RateSet, double? RateEstimated,
    double? RateMeasured, IReadOnlyList<int> NearestOther, IReadOnlyList<Lookalike> Lookalikes)
{
    public const double Step = 0.05;
    public const int MostPairs = 100;
}

internal sealed class SurveyGalleryHandler(IGallery gallery, IOptions<RecognitionOptions> options)
    : IRequestHandler<SurveyGallery, Result<GallerySurvey>>
{
    // 2,000 searches of 2,000 students take a tenth of a second on one core, of 50,000 some seconds.
    private const int MostAsked = 2_000;

    public Task<Result<GallerySurvey>> Handle(SurveyGallery query, CancellationToken ct) =>
        GalleryTurn.TakeAsync(gallery, query.School, faces => Survey(faces, ct), ct);

    private GallerySurvey Survey(ISchoolGallery faces, CancellationToken ct)
    {
        var students = faces.Students;
        var threshold = options.Value.PolicyFor(students).Threshold;
        var nearest = faces.NearestOthers(MostAsked, ct);
        var counts = new int[(int)Math.Round(1 / GallerySurvey.Step)];
        foreach (var one in nearest) counts[Math.Clamp((int)(one.Similarity / GallerySurvey.Step), 0, counts.Length - 1)]++;
        var calibration = options.Value.Calibration;
        return new(
            students, nearest.Count, threshold, options.Value.DuplicateThresholdFor(students),
            options.Value.Tolerance is null && calibration is not null ? options.Value.StrangerRate : null,
            calibration?.StrangersNamed(threshold, students),
            nearest.Count > 0 ? nearest.Count(n => n.Similarity >= threshold) / (double)nearest.Count : null, counts,
            [.. nearest.Where(n => n.Similarity >= threshold).DistinctBy(PairOf).OrderByDescending(n => n.Similarity)
                .Take(GallerySurvey.MostPairs)]);
    }

    private static (string, string) PairOf(Lookalike pair) => string.CompareOrdinal(pair.Student.Value, pair.Other.Value) < 0
        ? (pair.Student.Value, pair.Other.Value)
        : (pair.Other.Value, pair.Student.Value);
}
