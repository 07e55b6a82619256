namespace FaceAttendance.Application.Access;

/// <summary>What a caller may do, by the words that stand in credentials. <see cref="Admin"/> includes all others.</summary>
public static class Scopes
{
    /// <summary>Keep students, their consent and their faces.</summary>
    public const string Enroll = "enroll";

    /// <summary>Recognise faces in pictures and record who was seen.</summary>
    public const string Recognize = "recognize";

    /// <summary>Run liveness sessions.</summary>
    public const string Liveness = "liveness";

    /// <summary>Check positions and check students in.</summary>
    public const string Presence = "presence";

    /// <summary>Read who was here, and listen live.</summary>
    public const string AttendanceRead = "attendance:read";

    /// <summary>Announce class sessions and mark students by hand.</summary>
    public const string AttendanceWrite = "attendance:write";

    /// <summary>Keep webhook endpoints and replay deliveries.</summary>
    public const string Webhooks = "webhooks";

    /// <summary>Everything, and alone: sites, policies, credentials, erasure, export and the audit log.</summary>
    public const string Admin = "admin";

    /// <summary>What concerns the caller's own student alone. Belongs to a user's role and is not given to keys.</summary>
    public const string Own = "own";

    /// <summary>Every scope that a key may have, in the order in which they are listed to people.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Enroll, Recognize, Liveness, Presence, AttendanceRead, AttendanceWrite, Webhooks, Admin];
}
