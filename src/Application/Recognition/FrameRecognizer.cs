using System.Diagnostics;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Recognition;

/// <summary>One face of a frame and who it is.</summary>
/// <param name="Box">Clipped to the image.</param>
/// <param name="Embedding">The face's own.</param>
public sealed record RecognizedFace(PixelBox Box, Identification Who, float Confidence, Embedding? Embedding = null)
{
    /// <summary>Of a camera's frame: the track that the face belongs to.</summary>
    public TrackVerdict? Track { get; init; }
}

/// <summary>A frame with every face looked up. Faces stand in the order of their height, tallest first.</summary>
/// <param name="Threshold">Least cosine similarity that was asked of a match.</param>
/// <param name="Times">How long the stages took, in their order.</param>
public sealed record RecognizedFrame(
    int Width, int Height, float Threshold, IReadOnlyList<RecognizedFace> Faces, IReadOnlyList<StageTime> Times);

/// <summary>Analyzes a frame and looks every face up: the step that recognising and dispatching share.</summary>
internal sealed class FrameRecognizer(
    IFaceAnalyzer analyzer, IFaceTracks tracks, IGallery gallery, IOptions<RecognitionOptions> options)
{
    /// <summary>A picture by itself.</summary>
    public async Task<Result<RecognizedFrame>> RecognizeAsync(SchoolId school, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        var analysis = await analyzer.AnalyzeAsync(school, image, FramePurpose.Recognize, ct);
        if (analysis.Error is { } error)
        {
            FrameMetrics.Refused(error);
            return error;
        }

        var frame = analysis.Value;
        var opened = await OpenAsync(school, ct);
        if (opened.Error is { } notOpen) return notOpen;
        var searching = Stopwatch.GetTimestamp();
        var (policy, decided) = Decide(opened.Value, [.. frame.Faces.Select(f => f.Embedding!)]);
        var faces = frame.Faces.Zip(decided, (face, who) =>
            new RecognizedFace(face.Box.ToPixels(frame.Width, frame.Height), who, face.Confidence, face.Embedding));
        return Recognized(frame.Width, frame.Height, policy, [.. faces], frame.Times, searching);
    }

    /// <summary>A frame of a camera: each face is decided on the best views of its track.</summary>
    public async Task<Result<RecognizedFrame>> FollowAsync(
        SchoolId school, string device, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        var followed = await tracks.FollowAsync(school, device, image, ct);
        if (followed.Error is { } error)
        {
            FrameMetrics.Refused(error);
            return error;
        }

        var frame = followed.Value;
        var opened = await OpenAsync(school, ct);
        if (opened.Error is { } notOpen) return notOpen;
        var enrolled = opened.Value;
        var searching = Stopwatch.GetTimestamp();
        var known = frame.Faces.Select(f => f.Verdict.Of(f.Version, enrolled.Version)).ToArray();
        var undecided = Enumerable.Range(0, known.Length).Where(i => known[i] is null).ToList();
        var (policy, decided) = Decide(enrolled, [.. undecided.Select(i => frame.Faces[i].Embedding)]);
        foreach (var (i, who) in undecided.Zip(decided))
        {
            frame.Faces[i].Verdict.Decide(frame.Faces[i].Version, enrolled.Version, who);
            known[i] = who;
        }
        var faces = frame.Faces.Zip(known, (face, who) => new RecognizedFace(
            face.Box.ToPixels(frame.Width, frame.Height), Settled(face, who!.Value, policy), face.Confidence, face.Embedding)
        {
            Track = face.Verdict,
        });
        return Recognized(frame.Width, frame.Height, policy, [.. faces], frame.Times, searching);
    }

    /// <summary>A name that the next views may take back is not given yet.</summary>
    private static Identification Settled(TrackedFace face, in Identification who, MatchPolicy policy) =>
        face.IsSettling && policy.IsDoubtful(who) ? who with { Student = null } : who;

    // Only now: whoever is erased while the models look at a picture is not found by it any more.
    private async ValueTask<Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct)
    {
        var opened = await gallery.OpenAsync(school, ct);
        if (opened.Error is { } error) FrameMetrics.Refused(error);
        return opened;
    }

    private (MatchPolicy Policy, Identification[] Decided) Decide(ISchoolGallery enrolled, IReadOnlyList<Embedding> faces)
    {
        var policy = options.Value.PolicyFor(enrolled.Students);
        var nearest = faces.Count == 0 ? [] : enrolled.Search(faces, top: 2);
        return (policy, [.. nearest.Select(n => policy.Decide([.. n], enrolled.SimilarityOf))]);
    }

    private static RecognizedFrame Recognized(
        int width, int height, MatchPolicy policy, RecognizedFace[] faces, StageTimes times, long searching)
    {
        if (faces.Length > 0) times.Took("search", searching);
        var recognized = new RecognizedFrame(width, height, policy.Threshold, faces, times.Taken);
        FrameMetrics.Seen(recognized);
        return recognized;
    }
}
