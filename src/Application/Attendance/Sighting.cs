using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>A face seen at a time, about to be recorded and announced.</summary>
/// <param name="Who">An unknown face is announced but never recorded as anybody's attendance.</param>
public sealed record Sighting(
    SchoolId School, Identification Who, DateTimeOffset SeenAt, PixelBox Box, int FrameWidth, int FrameHeight, SightingContext Context)
{
    /// <summary>The face itself, to be kept for a while with what is recorded; null where it is not at hand.</summary>
    public Embedding? Face { get; init; }

    public StudentId? Student => Who.Student;

    public string Label => Student?.Value ?? StudentId.UnknownLabel;

    public override string ToString() => $"Sighting({Label}, box and position withheld)";
}

/// <summary>What the request said of the place and the lesson. Each at most 64 characters; null where it said nothing.</summary>
public sealed record SightingContext(string? DeviceId, string? LocationId, string? ClassId, string? SessionId)
{
    public static readonly SightingContext None = new(null, null, null, null);

    /// <summary>Which way people walk where it was seen; null where nobody said.</summary>
    public CameraDirection? Direction { get; init; }

    /// <summary>
    /// The class session that the frame belongs to. What a client calls its session is its own affair; only a text in the form of an id
    /// names one, and whether there is such a class session is for the ledger to see.
    /// </summary>
    public ClassSessionId? ClassSession => Guid.TryParse(SessionId, out var id) ? new ClassSessionId(id) : null;
}
