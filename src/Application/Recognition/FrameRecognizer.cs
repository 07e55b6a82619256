using System.Diagnostics;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>One face of a frame and who it is.</summary>
/// <param name="Box">Clipped to the image.</param>
/// <param name="Embedding">The face's own.</param>
public sealed record RecognizedFace(PixelBox Box, Identification Who, float Confidence, Embedding? Embedding = null);

/// <summary>A frame with every face looked up. Faces stand in the order of their height, tallest first.</summary>
/// <param name="Threshold">Least cosine similarity that was asked of a match.</param>
/// <param name="Times">How long the stages took, in their order.</param>
public sealed record RecognizedFrame(
    int Width, int Height, float Threshold, IReadOnlyList<RecognizedFace> Faces, IReadOnlyList<StageTime> Times);

/// <summary>Analyzes a frame and looks every face up: the step that recognising and dispatching share.</summary>
internal sealed class FrameRecognizer(IFaceAnalyzer analyzer, IGallery gallery, IOptions<RecognitionOptions> options)
{
    public async Task<Result<RecognizedFrame>> RecognizeAsync(SchoolId school, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        var analysis = await analyzer.AnalyzeAsync(school, image, FramePurpose.Recognize, ct);
        if (analysis.Error is { } error)
        {
            FrameMetrics.Refused(error);
            return error;
        }

        var frame = analysis.Value;
        var policy = options.Value.PolicyFor(gallery.Count(school).Students);
        var searching = Stopwatch.GetTimestamp();
        var faces = new RecognizedFace[frame.Faces.Count];
        var nearest = gallery.Search(school, [.. frame.Faces.Select(f => f.Embedding!)], top: 2);
        for (var i = 0; i < faces.Length; i++)
        {
            var face = frame.Faces[i];
            var who = policy.Decide([.. nearest[i]], (a, b) => gallery.SimilarityOf(school, a, b));
            faces[i] = new(face.Box.ToPixels(frame.Width, frame.Height), who, face.Confidence, face.Embedding);
        }
        if (faces.Length > 0) frame.Times.Took("search", searching);
        var recognized = new RecognizedFrame(frame.Width, frame.Height, policy.Threshold, faces, frame.Times.Taken);
        FrameMetrics.Seen(recognized);
        return recognized;
    }
}
