using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Application.Enrollment;

/// <summary>Where the faces of a refused photo are, so that whoever took it can be shown.</summary>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="Turned">Degrees clockwise by which the photo was turned before; sizes and boxes are of the turned one.</param>
/// <param name="Faces">By falling height.</param>
/// <param name="Subject">Which of them was judged; null where none was.</param>
public sealed record RefusedPicture(int Width, int Height, int Turned, IReadOnlyList<PixelBox> Faces, int? Subject)
{
    /// <summary>Among an error's particulars, the picture.</summary>
    public const string Particular = "picture";

    internal static Error On(FrameAnalysis frame, Error error)
    {
        int? subject = frame.Faces.Count == 0 || (frame.IsOfSeveral && frame.Central is null) ? null : frame.Central ?? 0;
        var picture = new RefusedPicture(
            frame.Width, frame.Height, frame.Turned, [.. frame.Faces.Select(f => f.Box.ToPixels(frame.Width, frame.Height))], subject);
        var details = error.Details is { } told ? new Dictionary<string, object?>(told) : [];
        details[Particular] = picture;
        return error with { Details = details };
    }

    public override string ToString() => $"RefusedPicture({Faces.Count} faces)";
}
