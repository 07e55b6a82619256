using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Recognition;

/// <summary>The enrolled faces of the schools. Those that are asked for are in memory; others come when they are. Thread-safe.</summary>
public interface IGallery
{
    /// <summary>A school's faces as they are now. They are at hand at once where the school is in memory; otherwise they are loaded, once
    /// for all who wait.</summary>
    /// <returns><see cref="RecognitionErrors.GalleryLoading"/> for a caller who has waited long enough; the school is loaded all the
    /// same.</returns>
    ValueTask<Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct);

    /// <summary>A school's templates have changed, whether it is in memory or not. Called on the thread that took the change in; whoever
    /// listens is quick.</summary>
    event Action<SchoolId>? Changed;
}

/// <summary>The enrolled faces of one school at one moment, which do not change under whoever looks: ask for them anew at each decision.
/// Reads never wait. Thread-safe.</summary>
public interface ISchoolGallery
{
    /// <summary>Another number than that of any other moment since the server started: what was decided at one may be otherwise at the
    /// next.</summary>
    long Version { get; }

    /// <summary>Templates that can be matched.</summary>
    int Templates { get; }

    /// <summary>The students who own them.</summary>
    GallerySize Students { get; }

    /// <summary>For each probe the nearest students by falling similarity, each by the normalised mean of their templates. Several probes
    /// are one passage over the gallery.</summary>
    /// <param name="top">How many students at most, 1 to 16.</param>
    /// <returns>A list a probe, in their order.</returns>
    /// <exception cref="ArgumentException">A probe's contract is not the gallery's.</exception>
    IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top);

    /// <returns>The normalised mean of the student's templates that can be compared; null when there are none. For verification
    /// (1:1).</returns>
    Embedding? DirectionOf(StudentId student);

    /// <returns>Cosine similarity of two enrolled students; null where one is not enrolled.</returns>
    float? SimilarityOf(StudentId one, StudentId other);

    /// <summary>Whom students look like most, besides themselves. Costs a search for each.</summary>
    /// <param name="most">Of more students, so many are asked for.</param>
    IReadOnlyList<Lookalike> NearestOthers(int most, CancellationToken ct);

    /// <inheritdoc cref="GallerySnapshot.ScoresAgainst"/>
    GalleryScores ScoresAgainst(float threshold, int most, int mostOthers, CancellationToken ct);
}

public static class SchoolGalleryExtensions
{
    /// <inheritdoc cref="ISchoolGallery.Search"/>
    public static IReadOnlyList<GalleryMatch> Search(this ISchoolGallery gallery, Embedding probe, int top) =>
        gallery.Search([probe], top)[0];
}
