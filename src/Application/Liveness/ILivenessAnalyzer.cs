using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Liveness;

/// <summary>A frame of a liveness session with all that the models measured.</summary>
/// <param name="MeanGrey">0 to 255, of the largest face; of the whole frame where there is none.</param>
/// <param name="PixelDigest">Of the decoded pixels: the same picture encoded the same way has the same.</param>
/// <param name="FaceCount">Faces at least half as tall as the largest.</param>
/// <param name="Face">The largest; null without any.</param>
public sealed record LivenessFrame(float MeanGrey, ulong PixelDigest, int FaceCount, LivenessFace? Face);

/// <param name="Box">Pixels of the upright original.</param>
/// <param name="Share">Of the picture's width or height, as <see cref="ObservedFace"/> has it.</param>
/// <param name="View">Null unless it was asked for.</param>
/// <param name="LiveProbability">Null unless it was asked for.</param>
public sealed record LivenessFace(
    FaceBox Box, float Share, FacePoints Points, float Confidence, Embedding Embedding, FaceGeometry Geometry, FaceView? View,
    float? LiveProbability)
{
    public override string ToString() => "LivenessFace(withheld)";
}

/// <summary>What is wanted of a frame beside what every frame gives.</summary>
[Flags]
public enum LivenessLook
{
    Plain = 0,

    /// <summary>A passive sample; without effect where the profile has no weights for it.</summary>
    Pad = 1,

    /// <summary>The face's <see cref="FaceView"/>.</summary>
    View = 2,
}

/// <summary>The frame's way for one person before a camera. Thread-safe; shares the process's gate with recognition.</summary>
public interface ILivenessAnalyzer
{
    /// <summary>Whether the profile has weights for passive presentation attack detection.</summary>
    bool HasPad { get; }

    /// <param name="student">Takes turns at the models with the school's other callers.</param>
    /// <param name="image">An encoded JPEG, PNG, WebP, AVIF or HEIC; read until the task completes.</param>
    /// <returns>
    /// Errors: <see cref="RecognitionErrors.InvalidImage"/>, <see cref="RecognitionErrors.ImageTooLarge"/>,
    /// <see cref="RecognitionErrors.Busy"/>.
    /// </returns>
    Task<Result<LivenessFrame>> AnalyzeLivenessAsync(
        SchoolId school, StudentId student, ReadOnlyMemory<byte> image, LivenessLook look, CancellationToken ct);
}
