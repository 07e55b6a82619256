using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Enrollment;

/// <summary>A face template about to be stored.</summary>
/// <param name="ImageDigest">SHA-256 of the uploaded bytes, 32 bytes: the same photo of the same student is stored once.</param>
/// <param name="OverrideReason">Set when the face resembles another student and the caller enrolled it all the same; audited.</param>
public sealed record NewTemplate(
    SchoolId School, StudentId Student, Embedding Embedding, ReadOnlyMemory<byte> ImageDigest, DateTimeOffset EnrolledAt,
    DuplicateOverride? OverrideReason)
{
    public override string ToString() => $"NewTemplate({Student}, {Embedding})";
}

/// <summary>Whom the face resembled, how much, and why it was enrolled regardless.</summary>
public sealed record DuplicateOverride(StudentId Resembled, float Similarity, string Reason);

/// <summary>A stored template as it may be listed: never the embedding.</summary>
public sealed record TemplateSummary(TemplateId Id, StudentId Student, EmbeddingContractId Contract, DateTimeOffset EnrolledAt);

/// <summary>The stored templates. Every change is in the gallery of this process before its task completes, and soon after in all others.</summary>
public interface ITemplates
{
    /// <returns>Why no face of the student may be stored now: <c>consent.missing</c> or <c>consent.withdrawn</c>. Null when nothing stands against it.</returns>
    Task<Error?> FindObjectionAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <summary>Stores a template, and the student too when the id is new. One transaction.</summary>
    /// <returns>False when the same photo of the student was stored before under the same contract, or there is an objection: nothing changed.</returns>
    Task<bool> AddAsync(NewTemplate template, CancellationToken ct);

    /// <summary>Whether a template of this very photo of the student is stored under the contract.</summary>
    /// <param name="imageDigest">SHA-256 of the uploaded bytes.</param>
    Task<bool> ContainsAsync(SchoolId school, StudentId student, EmbeddingContractId contract, ReadOnlyMemory<byte> imageDigest, CancellationToken ct);

    /// <returns>The student's templates, newest first; empty for an unknown student.</returns>
    Task<IReadOnlyList<TemplateSummary>> ListAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <returns>False when there is no such template.</returns>
    Task<bool> RemoveAsync(SchoolId school, StudentId student, TemplateId template, CancellationToken ct);
}
