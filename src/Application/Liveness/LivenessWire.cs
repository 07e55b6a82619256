using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.Application.Liveness;

/// <summary>The words that clients of every transport know.</summary>
public static class LivenessWire
{
    public const string MissingUserId = "Missing user_id";

    /// <summary>A student may begin sessions only for themselves.</summary>
    public const string ForbiddenUserId = "Forbidden user_id";

    public const string FaceNotRegistered = "Face not registered";

    /// <summary>A message that is no picture; the session goes on with the next one.</summary>
    public const string InvalidImage = "Invalid image";

    /// <summary>Something that the client says of itself cannot be read; no session begins.</summary>
    public const string InvalidOption = "Invalid option";

    public const string InternalError = "Internal server error";
    public const string TooManyAttempts = "Too many attempts";

    /// <summary>More than any camera makes; the session has ended.</summary>
    public const string TooManyFrames = "Too many frames";

    /// <summary>The text of a frame's or a session's fault.</summary>
    public static string TextOf(LivenessFault fault) => fault switch
    {
        LivenessFault.LowLight => "Low light condition",
        LivenessFault.NoFace => "No face detected",
        LivenessFault.SeveralFaces => "Several faces",
        LivenessFault.FaceMismatch => "Face does not match",
        LivenessFault.FaceLost => "Face lost",
        LivenessFault.StaticImage => "Static image",
        LivenessFault.PresentationAttack or LivenessFault.Replay => "Presentation attack suspected",
        // A recording shows whatever was recorded; clients know no word for it but this one, and the hint other_action says more.
        LivenessFault.WrongActions => "Presentation attack suspected",
        LivenessFault.TimeUp => "Time is up",
    };
}
