using System.Security.Cryptography;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Notices;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Enrollment;

/// <summary>Adds one face template for a student, who comes into being with it if the id is new.</summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
/// <param name="OverrideDuplicate">Enrol even though the face resembles another student; needs a reason and is audited.</param>
/// <param name="OverrideAnotherPerson">Enrol even though the face is unlike the id's own templates; needs a reason and is audited.</param>
/// <param name="Central">Of several people, take the one in the middle of the picture (<see cref="CentralFace"/>).</param>
/// <param name="MustMatchEnrolled">Refuse a face that is not that of the student's templates: what a student may add for themselves is
/// their own face.</param>
/// <param name="Imported">The photo came with a roster.</param>
public sealed record EnrollFace(
    SchoolId School, StudentId Student, ReadOnlyMemory<byte> Image, bool OverrideDuplicate = false, bool OverrideAnotherPerson = false,
    string? Reason = null, bool MustMatchEnrolled = false, bool Central = false, bool Imported = false)
    : IRequest<Result<EnrolledFace>>
{
    public override string ToString() => $"EnrollFace({Student}, {Image.Length} bytes)";
}

/// <param name="FacesFound">The enrolled one and smaller ones in the background; 1 for a photo that was stored before and not looked at
/// again.</param>
/// <param name="AlreadyEnrolled">The same photo of the student was stored before, so nothing changed.</param>
/// <param name="Lookalike">
/// Another student who is so near that a camera's threshold alone would not tell the two apart (siblings, twins, or one person under two
/// ids). Null where there is none, and for students who add their own photos.
/// </param>
/// <param name="IsCentral">Of several people the one in the middle was taken, as it was asked for.</param>
/// <param name="Turned">Degrees clockwise by which the photo had to be turned: 0, 90, 180 or 270.</param>
public sealed record EnrolledFace(
    int FacesFound, bool AlreadyEnrolled, GalleryMatch? Lookalike = null, bool IsCentral = false, int Turned = 0);

internal sealed class EnrollFaceValidator : AbstractValidator<EnrollFace>
{
    public EnrollFaceValidator() =>
        RuleFor(c => c.Reason).NotEmpty().MaximumLength(500).When(c => c.OverrideDuplicate || c.OverrideAnotherPerson)
            .OverridePropertyName("reason").WithMessage(
                "override_duplicate and override_another_person need a reason of 1 to 500 characters; it is kept in the audit log.");
}

internal sealed class EnrollFaceHandler(
    FaceEnroller enroller, IAttendanceFeed feed) : IRequestHandler<EnrollFace, Result<EnrolledFace>>
{
    public async Task<Result<EnrolledFace>> Handle(EnrollFace command, CancellationToken ct)
    {
        var enrolled = await enroller.EnrollAsync(command, ct);
        if (enrolled is { IsSuccess: true, Value.AlreadyEnrolled: false })
            feed.Publish(new StudentEnrolled(command.School, command.Student, Saved: 1));
        return enrolled;
    }
}

/// <summary>From a photo to a stored template: the step that enrolling a face and adding a student share.</summary>
internal sealed class FaceEnroller(
    IFaceAnalyzer analyzer, ITemplates templates, INotices notices, IOptions<RecognitionOptions> options, TimeProvider clock)
{
    /// <summary>Whether this very photo of the student is stored already, under the contract in force. Costs a look into the database and
    /// no inference.</summary>
    public Task<bool> IsEnrolledAsync(EnrollFace command, CancellationToken ct) =>
        IsEnrolledAsync(command, SHA256.HashData(command.Image.Span), ct);

    public async Task<Result<EnrolledFace>> EnrollAsync(EnrollFace command, CancellationToken ct)
    {
        var enrolled = await JudgeAndStoreAsync(command, ct);
        EnrollmentMetrics.Judged(enrolled.Error is { } error ? error.Code : enrolled.Value.AlreadyEnrolled ? "already_enrolled"
            : "enrolled");
        return enrolled;
    }

    private async Task<Result<EnrolledFace>> JudgeAndStoreAsync(EnrollFace command, CancellationToken ct)
    {
        var digest = SHA256.HashData(command.Image.Span);
        if (await IsEnrolledAsync(command, digest, ct)) return new EnrolledFace(FacesFound: 1, AlreadyEnrolled: true);

        if (await templates.FindObjectionAsync(command.School, command.Student, ct) is { } objection) return objection;
        var analysis =
            await analyzer.AnalyzeAsync(
                command.School, command.Image, command.Central ? FramePurpose.EnrollCentral : FramePurpose.Enroll, ct);
        if (analysis.Error is { } error) return error;

        var stored = await JudgeAndStoreAsync(command, analysis.Value, digest, ct);
        return stored.Error is { } refused ? RefusedPicture.On(analysis.Value, refused) : stored;
    }

    private async Task<Result<EnrolledFace>> JudgeAndStoreAsync(
        EnrollFace command, FrameAnalysis frame, byte[] digest, CancellationToken ct)
    {
        var faces = frame.Faces;
        if (faces.Count == 0) return EnrollmentErrors.NoFace;
        if (frame.IsOfSeveral && frame.Central is null) return EnrollmentErrors.MultipleFaces(faces.Count, command.Central);
        var face = faces[frame.Central ?? 0];
        var reasons = QualityRule.Judge(face.Measurements!.Value);
        if (reasons.Count > 0) return EnrollmentErrors.LowQuality(faces.Count, reasons);

        GalleryMatch? lookalike = null;
        var added = await templates.AddAsync(
            new(command.School, command.Student, face.Embedding!, digest, clock.GetUtcNow()) { Imported = command.Imported },
            near =>
            {
                lookalike = near.Other?.Similarity >= options.Value.PolicyFor(near.Students).Threshold ? near.Other : null;
                return Judge(command, faces.Count, near);
            },
            ct);
        if (added.Error is { } refused) return refused;
        if (!added.Value && await templates.FindObjectionAsync(command.School, command.Student, ct) is { } late) return late;
        if (added.Value && lookalike is { } alike)
            await notices.RaiseAsync(NewNotice.OfLookalikes(command.School, command.Student, alike.Student, alike.Similarity), ct);
        var told = command.MustMatchEnrolled ? null : lookalike;
        return new EnrolledFace(faces.Count, AlreadyEnrolled: !added.Value, told, frame.Central is not null, frame.Turned);
    }

    private Task<bool> IsEnrolledAsync(EnrollFace command, ReadOnlyMemory<byte> imageDigest, CancellationToken ct) =>
        templates.ContainsAsync(command.School, command.Student, analyzer.Contract, imageDigest, ct);

    /// <summary>One face has one id, and one id one face.</summary>
    private Result<EnrollmentOverride> Judge(EnrollFace command, int found, FaceNeighbours near)
    {
        if (command.MustMatchEnrolled && near.Own < options.Value.BaseThreshold) return EnrollmentErrors.NotOwnFace(found);
        var resembled = near.Other?.Similarity >= options.Value.DuplicateThresholdFor(near.Students) ? near.Other : null;
        if (resembled is { } known && !command.OverrideDuplicate)
            return EnrollmentErrors.DuplicatePerson(found, known.Student, known.Similarity);
        var unlike = near.Own < options.Value.LeastOwnSimilarity ? near.Own : null;
        if (unlike is { } own && !command.OverrideAnotherPerson) return EnrollmentErrors.AnotherPerson(found, own);
        return resembled is null && unlike is null ? EnrollmentOverride.None : new EnrollmentOverride(command.Reason!, resembled, unlike);
    }
}
