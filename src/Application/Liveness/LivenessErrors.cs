using FaceAttendance.Domain;

namespace FaceAttendance.Application.Liveness;

/// <summary>Why a session could not begin or go on. A session that fails is no error: it was judged.</summary>
public static class LivenessErrors
{
    public static Error NotEnrolled { get; } = new(
        "liveness.face_not_registered", "The student has no face template that can be compared; enrol a face first.", ErrorKind.Rejected);

    /// <param name="left">Until the next attempt.</param>
    public static Error Locked(TimeSpan left) => new(
        "liveness.too_many_attempts", $"Too many attempts; try again in {Math.Max(1, (long)Math.Ceiling(left.TotalSeconds))} s.",
        ErrorKind.Rejected)
    {
        RetryAfter = left,
        Details = new Dictionary<string, object?> { ["retry_after_seconds"] = Math.Max(1, (long)Math.Ceiling(left.TotalSeconds)) },
    };

    public static Error NotAvailable { get; } = new(
        "liveness.not_available",
        "LIVENESS_PAD requires presentation attack detection, and the server's FACE_PROFILE has no weights for it.", ErrorKind.Unavailable);

    public static Error UnknownSession { get; } = new(
        "liveness.unknown_session", "There is no such session, or it has ended; start another.", ErrorKind.NotFound);

    /// <param name="expected">What it may be.</param>
    public static Error InvalidOption(string name, string value, string expected) => new(
        "liveness.invalid_option", $"{name} is '{(value.Length > 40 ? value[..40] + "…" : value)}'; send {expected}, or leave it out.",
        ErrorKind.Invalid);

    public static Error TooManySessions { get; } = new(
        "liveness.too_many_sessions", "The server holds as many liveness sessions as it can; try again shortly.", ErrorKind.Unavailable)
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public static Error TokenInvalid { get; } = new(
        "liveness.token_invalid", "The liveness token was not issued here, or was changed, or belongs to another school.",
        ErrorKind.Rejected);

    public static Error TokenExpired { get; } =
        new("liveness.token_expired", "The liveness token has expired; pass another session.", ErrorKind.Rejected);
}
