using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>Whether a picture shows one claimed student (1:1). Records nothing.</summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
public sealed record VerifyFace(SchoolId School, StudentId Student, ReadOnlyMemory<byte> Image) : IRequest<Result<FaceVerification>>
{
    public override string ToString() => $"VerifyFace({Student}, {Image.Length} bytes)";
}

/// <param name="Similarity">Cosine similarity to the mean of the student's templates.</param>
/// <param name="Threshold">The embedder's, at a false-match rate of 1e-3 (docs/accuracy.md).</param>
public sealed record FaceVerification(float Similarity, float Threshold)
{
    public bool IsMatch => Similarity >= Threshold;
}

public static class VerificationErrors
{
    public static Error NotEnrolled { get; } = new(
        "verification.not_enrolled", "The student has no face template that can be compared; enrol a face first.", ErrorKind.Rejected);

    public static Error NoFace { get; } = new("verification.no_face", "No face was found in the picture.", ErrorKind.Rejected);

    public static Error SeveralFaces { get; } = new(
        "verification.several_faces", "The picture shows several faces of like size; whose is meant would be a guess.", ErrorKind.Rejected);
}

internal sealed class VerifyFaceHandler(IFaceAnalyzer analyzer, IGallery gallery, IOptions<LivenessOptions> options)
    : IRequestHandler<VerifyFace, Result<FaceVerification>>
{
    public async Task<Result<FaceVerification>> Handle(VerifyFace query, CancellationToken ct)
    {
        var faces = await gallery.OpenAsync(query.School, ct);
        if (faces.Error is { } notOpen) return notOpen;
        if (faces.Value.DirectionOf(query.Student) is not { } enrolled) return VerificationErrors.NotEnrolled;
        // Only the largest face counts, as in enrolment.
        var analysis = await analyzer.AnalyzeAsync(query.School, query.Image, FramePurpose.Verify, ct);
        if (analysis.Error is { } error) return error;

        var frame = analysis.Value;
        if (frame.Faces.Count == 0) return VerificationErrors.NoFace;
        if (frame.IsOfSeveral) return VerificationErrors.SeveralFaces;
        return new FaceVerification(enrolled.CosineSimilarity(frame.Faces[0].Embedding!), options.Value.VerificationThreshold!.Value);
    }
}
