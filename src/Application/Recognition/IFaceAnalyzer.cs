using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>Which faces of a frame are worth the price of an embedding.</summary>
public enum FramePurpose
{
    /// <summary>Every face, none judged for quality.</summary>
    Recognize,

    /// <summary>The largest face alone, not judged for quality.</summary>
    Verify,

    /// <summary>The largest face alone, judged for quality. A picture in which nobody stands upright is looked at sideways and upside down
    /// too.</summary>
    Enroll,

    /// <summary>As <see cref="Enroll"/>, but of several faces the central one (<see cref="CentralFace"/>), where there is one.</summary>
    EnrollCentral,

    /// <summary>Every face, each judged for quality: for evaluations.</summary>
    Measure,
}

/// <summary>One face with all that the models found.</summary>
/// <param name="Box">Pixels of the upright original.</param>
/// <param name="Points">Pixels of the upright original.</param>
/// <param name="Confidence">The detector's score in [0, 1].</param>
/// <param name="Measurements">Null where the purpose did not ask for quality.</param>
/// <param name="Embedding">Null where the purpose did not ask for it.</param>
public sealed record AnalyzedFace(FaceBox Box, FacePoints Points, float Confidence, FaceMeasurements? Measurements, Embedding? Embedding);

/// <summary>What one encoded image holds.</summary>
/// <param name="Width">Pixels of the upright original (EXIF orientation applied).</param>
/// <param name="Faces">By falling height.</param>
/// <param name="Central">Index of the face that was taken in place of the largest; null where none was asked for or there is none.</param>
/// <param name="Turned">Degrees clockwise, 90, 180 or 270, by which the picture was turned to make its face upright; all else is of the
/// turned picture. 0: as it was.</param>
public sealed record FrameAnalysis(int Width, int Height, IReadOnlyList<AnalyzedFace> Faces, int? Central = null, int Turned = 0)
{
    /// <summary>How long the stages took; empty where nobody measured.</summary>
    public StageTimes Times { get; init; } = new();

    /// <summary>Whether no one face stands out as the picture's subject: with a second at least half as tall as the largest, whose picture
    /// it is is a guess.</summary>
    public bool IsOfSeveral => Faces.Count > 1 && !CentralFace.IsBystander(Faces[1].Box, Faces[0].Box);
}

/// <summary>The frame's way from encoded bytes to embeddings. Thread-safe; work beyond the machine's capacity is refused, never queued
/// without bound.</summary>
public interface IFaceAnalyzer
{
    /// <summary>What makes this analyzer's embeddings comparable.</summary>
    EmbeddingContractId Contract { get; }

    /// <param name="school">Whose frame it is: schools, and their callers, take turns at the models.</param>
    /// <param name="image">An encoded JPEG, PNG, WebP, AVIF or HEIC; read until the task completes.</param>
    /// <returns>
    /// Errors: <see cref="RecognitionErrors.InvalidImage"/>, <see cref="RecognitionErrors.ImageTooLarge"/>,
    /// <see cref="RecognitionErrors.Busy"/>.
    /// </returns>
    Task<Result<FrameAnalysis>> AnalyzeAsync(SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct);
}
