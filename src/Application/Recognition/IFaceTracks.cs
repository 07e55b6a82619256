using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>A face of a camera's frame, with what is known of it from earlier ones.</summary>
/// <param name="Box">Pixels of the upright original.</param>
/// <param name="Confidence">The detector's score in [0, 1].</param>
/// <param name="Embedding">The mean of its best views.</param>
/// <param name="Version">Changes when <paramref name="Embedding"/> does.</param>
/// <param name="Views">Behind <paramref name="Embedding"/>.</param>
/// <param name="Age">Since the face came.</param>
/// <param name="Verdict">Of the track, so that it is decided and told once.</param>
public sealed record TrackedFace(
    FaceBox Box, float Confidence, Embedding Embedding, int Version, int Views, TimeSpan Age, TrackVerdict Verdict)
{
    /// <summary>More views are about to come: who is in doubt need not decide yet.</summary>
    public bool IsSettling { get; init; }

    public override string ToString() => "TrackedFace(withheld)";
}

/// <param name="Width">Pixels of the upright original.</param>
/// <param name="Faces">By falling height.</param>
public sealed record TrackedFrame(int Width, int Height, IReadOnlyList<TrackedFace> Faces)
{
    /// <summary>How long the stages took; empty where nobody measured.</summary>
    public StageTimes Times { get; init; } = new();
}

/// <summary>
/// The frames of cameras, each with what the frames before it showed: faces are followed, and embedded only when they appear or get better.
/// Frames of one camera are taken one after the other, those of different ones side by side. Thread-safe.
/// </summary>
public interface IFaceTracks
{
    /// <param name="school">Whose frame it is.</param>
    /// <param name="device">The camera's name within the school.</param>
    /// <param name="image">As for <see cref="IFaceAnalyzer"/>; read until the task completes.</param>
    /// <returns>Every face in the frame; of the first frame of a scene what <see cref="IFaceAnalyzer"/> finds. Errors as there.</returns>
    Task<Result<TrackedFrame>> FollowAsync(SchoolId school, string device, ReadOnlyMemory<byte> image, CancellationToken ct);
}
