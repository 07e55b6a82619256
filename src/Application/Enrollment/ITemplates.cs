using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Enrollment;

/// <summary>A face template about to be stored.</summary>
/// <param name="ImageDigest">SHA-256 of the uploaded bytes, 32 bytes: the same photo of the same student is stored once.</param>
public sealed record NewTemplate(
    SchoolId School, StudentId Student, Embedding Embedding, ReadOnlyMemory<byte> ImageDigest, DateTimeOffset EnrolledAt)
{
    /// <summary>Whether the photo came with a roster.</summary>
    public bool Imported { get; init; }

    public override string ToString() => $"NewTemplate({Student}, {Embedding})";
}

/// <summary>Whom a face about to be stored is like, among the templates that can be compared with it.</summary>
/// <param name="Other">The nearest student of another id; null when nobody else is enrolled.</param>
/// <param name="Own">Cosine similarity to the same id; null when it has no template.</param>
/// <param name="Students">Who was looked through.</param>
public readonly record struct FaceNeighbours(GalleryMatch? Other, float? Own, GallerySize Students)
{
    /// <summary>These, and one template more.</summary>
    public FaceNeighbours With(StudentId enrolling, StudentId owner, float similarity)
    {
        if (owner == enrolling) return this with { Own = Math.Max(Own ?? similarity, similarity) };
        return Other is { } other && other.Similarity >= similarity ? this : this with { Other = new GalleryMatch(owner, similarity) };
    }
}

/// <summary>What a caller overrode by a reason, for the audit log.</summary>
/// <param name="Resembled">The other student whom the face resembles; null when it resembles nobody else.</param>
/// <param name="Own">Similarity to the id's own templates, which is too low; null when it is not.</param>
public sealed record EnrollmentOverride(string Reason, GalleryMatch? Resembled, float? Own)
{
    /// <summary>Nothing was overridden.</summary>
    public static EnrollmentOverride None { get; } = new("", null, null);
}

/// <summary>A stored template as it may be listed: never the embedding.</summary>
/// <param name="EnrolledBy">The caller, as the audit log names them; null for templates of earlier versions.</param>
/// <param name="Imported">Whether the photo came with a roster.</param>
public sealed record TemplateSummary(
    TemplateId Id, StudentId Student, EmbeddingContractId Contract, DateTimeOffset EnrolledAt, string? EnrolledBy, bool Imported);

/// <summary>The stored templates. Every change is in the gallery of this process before its task completes, and soon after in all
/// others.</summary>
public interface ITemplates
{
    /// <returns>Why no face of the student may be stored now: <c>consent.missing</c> or <c>consent.withdrawn</c>. Null when nothing stands
    /// against it.</returns>
    Task<Error?> FindObjectionAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <summary>
    /// Stores a template, and the student too when the id is new. One transaction, in which no other template of the school is stored: of
    /// two faces that exclude each other only the first is taken, whichever processes they come to.
    /// </summary>
    /// <param name="judge">
    /// Whether the face may be stored beside its neighbours. Asked before the transaction, and again in it when others were stored
    /// meanwhile.
    /// </param>
    /// <returns>
    /// False when the same photo of the student was stored before under the same contract, or there is an objection: nothing changed.
    /// Errors: those of <paramref name="judge"/>.
    /// </returns>
    Task<Result<bool>> AddAsync(NewTemplate template, Func<FaceNeighbours, Result<EnrollmentOverride>> judge, CancellationToken ct);

    /// <summary>Whether a template of this very photo of the student is stored under the contract.</summary>
    /// <param name="imageDigest">SHA-256 of the uploaded bytes.</param>
    Task<bool> ContainsAsync(
        SchoolId school, StudentId student, EmbeddingContractId contract, ReadOnlyMemory<byte> imageDigest, CancellationToken ct);

    /// <returns>The student's templates, newest first; empty for an unknown student.</returns>
    Task<IReadOnlyList<TemplateSummary>> ListAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <returns>False when there is no such template.</returns>
    Task<bool> RemoveAsync(SchoolId school, StudentId student, TemplateId template, CancellationToken ct);
}
