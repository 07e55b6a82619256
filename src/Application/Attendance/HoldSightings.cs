using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>
/// Who is in a frame, and for each known face what its client needs to record it later: a kiosk whose network drops keeps that in place of
/// pictures. Nothing is stored, announced or dispatched.
/// </summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
public sealed record HoldSightings(SchoolId School, ReadOnlyMemory<byte> Image, SightingContext Context) : IRequest<Result<HeldFrame>>
{
    public override string ToString() => $"HoldSightings({Image.Length} bytes)";
}

/// <param name="Held">One for each face of the frame, in its order; null for a face that is nobody's.</param>
public sealed record HeldFrame(RecognizedFrame Frame, IReadOnlyList<HeldFace?> Held);

/// <param name="FullName">By which the student is greeted.</param>
/// <param name="Statement">As <see cref="ISightingStatements"/> issued it.</param>
public sealed record HeldFace(string? FullName, string Statement)
{
    public override string ToString() => "HeldFace(withheld)";
}

internal sealed class HoldSightingsHandler(
    FrameRecognizer recognizer, IStudents students, ISightingStatements statements, TimeProvider clock)
    : IRequestHandler<HoldSightings, Result<HeldFrame>>
{
    public async Task<Result<HeldFrame>> Handle(HoldSightings query, CancellationToken ct)
    {
        var seenAt = clock.GetUtcNow();
        var recognized = await recognizer.RecognizeAsync(query.School, query.Image, ct);
        if (recognized.Error is { } error) return error;

        var frame = recognized.Value;
        var held = new List<HeldFace?>();
        foreach (var face in frame.Faces) held.Add(await HoldAsync(query, frame, face, seenAt, ct));
        return new HeldFrame(frame, held);
    }

    private async Task<HeldFace?> HoldAsync(
        HoldSightings query, RecognizedFrame frame, RecognizedFace face, DateTimeOffset seenAt, CancellationToken ct)
    {
        // Removed since the gallery was asked, it is nobody's.
        if (face.Who.Student is not { } who || await students.FindAsync(query.School, who, ct) is not { } student) return null;
        var sighting = new Sighting(query.School, face.Who, seenAt, face.Box, frame.Width, frame.Height, query.Context);
        return new(
            student.FullName, statements.Issue(new(Guid.CreateVersion7(seenAt), sighting, seenAt + HeldSighting.Lifetime)));
    }
}
