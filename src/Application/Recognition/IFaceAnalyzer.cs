using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Recognition;

/// <summary>Which faces of a frame are worth the price of an embedding.</summary>
public enum FramePurpose
{
    /// <summary>Every face, none judged for quality.</summary>
    Recognize,

    /// <summary>The largest face alone, judged for quality.</summary>
    Enroll,

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
public sealed record FrameAnalysis(int Width, int Height, IReadOnlyList<AnalyzedFace> Faces)
{
    // A second face at least half as tall as the largest makes the picture a group's, and whose face it is a guess.
    private const float BystanderHeight = 0.5f;

    /// <summary>Whether no one face stands out as the picture's subject.</summary>
    public bool IsOfSeveral => Faces.Count > 1 && Faces[1].Box.Height >= BystanderHeight * Faces[0].Box.Height;
}

/// <summary>The frame's way from encoded bytes to embeddings. Thread-safe; work beyond the machine's capacity is refused, never queued without bound.</summary>
public interface IFaceAnalyzer
{
    /// <summary>What makes this analyzer's embeddings comparable.</summary>
    EmbeddingContractId Contract { get; }

    /// <param name="school">Whose frame it is: schools, and their callers, take turns at the models.</param>
    /// <param name="image">An encoded JPEG, PNG or WebP; read until the task completes.</param>
    /// <returns>
    /// Errors: <see cref="RecognitionErrors.InvalidImage"/>, <see cref="RecognitionErrors.ImageTooLarge"/>,
    /// <see cref="RecognitionErrors.Busy"/>.
    /// </returns>
    Task<Result<FrameAnalysis>> AnalyzeAsync(SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct);
}
