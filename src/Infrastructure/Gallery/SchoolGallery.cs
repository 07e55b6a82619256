using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>One school's faces at one revision. Immutable, so that whoever holds it goes on reading when the school has left the
/// memory.</summary>
/// <param name="Contract">Of the server's embedder.</param>
/// <param name="Snapshot">Null as long as the school never had a template, from which to learn the dimension.</param>
/// <param name="Revision">The school's, up to which every change is in it.</param>
internal sealed record SchoolGallery(EmbeddingContractId Contract, GallerySnapshot? Snapshot, long Revision, long Version) : ISchoolGallery
{
    public int Templates => Snapshot?.Count ?? 0;

    public GallerySize Students => Snapshot?.Students ?? default;

    /// <summary>What it takes of the memory.</summary>
    public long Bytes => Snapshot?.Bytes ?? 0;

    public IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top)
    {
        foreach (var probe in probes)
        {
            if (probe.Contract != Contract)
                throw new ArgumentException($"A probe was made under {probe.Contract}, the gallery under {Contract}.", nameof(probes));
        }
        return Snapshot?.Search(probes, top) ?? [.. probes.Select(_ => (IReadOnlyList<GalleryMatch>)[])];
    }

    public Embedding? DirectionOf(StudentId student) => Snapshot?.DirectionOf(student);

    public float? SimilarityOf(StudentId one, StudentId other) => Snapshot?.SimilarityOf(one, other);

    public IReadOnlyList<Lookalike> NearestOthers(int most, CancellationToken ct) => Snapshot?.NearestOthers(most, ct) ?? [];

    public GalleryScores ScoresAgainst(float threshold, int most, int mostOthers, CancellationToken ct) =>
        Snapshot?.ScoresAgainst(threshold, most, mostOthers, ct) ?? GalleryScores.None;

    /// <summary>Whom a face that is about to be enrolled is like. Of a face of another contract nobody is known.</summary>
    public FaceNeighbours NeighboursOf(StudentId enrolling, Embedding face)
    {
        if (Snapshot is null || face.Contract != Contract) return default;
        GalleryMatch? other = null;
        foreach (var match in Snapshot.Search(face, 2))
        {
            if (other is null && match.Student != enrolling) other = match;
        }
        return new(other, Snapshot.DirectionOf(enrolling)?.CosineSimilarity(face), Snapshot.Students);
    }
}
