using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Recognition;

/// <summary>The enrolled faces of every school, in memory. Reads never wait and never see a half-made change. Thread-safe.</summary>
public interface IGallery
{
    /// <summary>For each probe the nearest students by falling similarity, each by the normalised mean of their templates. Several probes
    /// are one passage over the gallery.</summary>
    /// <param name="top">How many students at most, 1 to 16.</param>
    /// <returns>A list a probe, in their order.</returns>
    /// <exception cref="ArgumentException">A probe's contract is not the gallery's.</exception>
    IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(SchoolId school, IReadOnlyList<Embedding> probes, int top);

    /// <returns>The normalised mean of the student's templates that can be compared, as they are now; null when there are none. For
    /// verification (1:1).</returns>
    Embedding? DirectionOf(SchoolId school, StudentId student);

    /// <returns>Cosine similarity of two enrolled students; null where one is not enrolled.</returns>
    float? SimilarityOf(SchoolId school, StudentId one, StudentId other);

    /// <summary>Whom students look like most, besides themselves. Costs a search for each.</summary>
    /// <param name="most">Of more students, so many are asked for.</param>
    IReadOnlyList<Lookalike> NearestOthers(SchoolId school, int most, CancellationToken ct);

    /// <summary>A school's templates have changed. Called on the thread that took the change in; whoever listens is quick.</summary>
    event Action<SchoolId>? Changed;

    /// <returns>Templates that can be matched, and the students who own them.</returns>
    (int Templates, GallerySize Students) Count(SchoolId school);
}

public static class GalleryExtensions
{
    /// <inheritdoc cref="IGallery.Search"/>
    public static IReadOnlyList<GalleryMatch> Search(this IGallery gallery, SchoolId school, Embedding probe, int top) =>
        gallery.Search(school, [probe], top)[0];
}
