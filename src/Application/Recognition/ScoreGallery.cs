using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>How the threshold in force lies between photos of one student and photos of two, in the school's own gallery.</summary>
public sealed record ScoreGallery(SchoolId School) : IRequest<Result<ScoredGallery>>;

/// <param name="RateCalibrated">Share of strangers who are named, as the model's calibration has it at this size; null without
/// one.</param>
public sealed record ScoredGallery(int Templates, GallerySize Students, float Threshold, double? RateCalibrated, GalleryScores Scores)
{
    /// <summary>Fewer say nothing of rates below 1 %: of so many without an error, the interval still reaches that.</summary>
    public const int FewestGenuine = 300;

    /// <summary>Fewer say nothing of the rates that a threshold is chosen for, one in some thousands.</summary>
    public const int FewestImpostor = 10_000;
}

internal sealed class ScoreGalleryHandler(IGallery gallery, IOptions<RecognitionOptions> options)
    : IRequestHandler<ScoreGallery, Result<ScoredGallery>>
{
    // 400,000 comparisons take about a quarter of a second on one core, at whatever size of the gallery.
    private const int MostAsked = 2_000;
    private const int MostOthers = 200;

    public Task<Result<ScoredGallery>> Handle(ScoreGallery query, CancellationToken ct) =>
        GalleryTurn.TakeAsync(gallery, query.School, faces => Score(faces, ct), ct);

    private ScoredGallery Score(ISchoolGallery faces, CancellationToken ct)
    {
        var students = faces.Students;
        var threshold = options.Value.PolicyFor(students).Threshold;
        return new ScoredGallery(
            faces.Templates, students, threshold, options.Value.Calibration?.StrangersNamed(threshold, students),
            faces.ScoresAgainst(threshold, MostAsked, MostOthers, ct));
    }
}
