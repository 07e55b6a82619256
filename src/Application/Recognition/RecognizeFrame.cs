using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Recognition;

/// <summary>Who is in a frame. Nothing is stored, announced or dispatched.</summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
public sealed record RecognizeFrame(SchoolId School, ReadOnlyMemory<byte> Image) : IRequest<Result<RecognizedFrame>>
{
    public override string ToString() => $"RecognizeFrame({Image.Length} bytes)";
}

internal sealed class RecognizeFrameHandler(FrameRecognizer recognizer) : IRequestHandler<RecognizeFrame, Result<RecognizedFrame>>
{
    public Task<Result<RecognizedFrame>> Handle(RecognizeFrame request, CancellationToken ct) =>
        recognizer.RecognizeAsync(request.School, request.Image, ct);
}
