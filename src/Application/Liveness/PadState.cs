namespace FaceAttendance.Application.Liveness;

/// <summary>Whether a session looks for presentation attacks.</summary>
public enum PadState
{
    /// <summary>Passive presentation attack detection is part of the verdict.</summary>
    Asked,

    /// <summary>The profile has no weights for it.</summary>
    NotAvailable,
}
