namespace FaceAttendance.Domain.Attendance;

/// <summary>How a student stands to a lesson or a day.</summary>
public enum AttendanceStatus
{
    Present,

    /// <summary>After the grace, before the end.</summary>
    Late,

    /// <summary>On the roster and not there when the window ended.</summary>
    Absent,

    /// <summary>Away with leave; only a person says so, as with <see cref="Sick"/>.</summary>
    Excused,

    Sick,
}

public static class AttendanceStatuses
{
    extension(AttendanceStatus status)
    {
        /// <summary>Whether the student was there, in time or not.</summary>
        public bool IsThere => status is AttendanceStatus.Present or AttendanceStatus.Late;
    }
}

/// <summary>When a class session takes check-ins.</summary>
public sealed record ClassWindow
{
    /// <summary>A session is a lesson or a school day, never a term.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromHours(24);

    private ClassWindow(DateTimeOffset opensAt, DateTimeOffset startsAt, TimeSpan grace, DateTimeOffset endsAt) =>
        (OpensAt, StartsAt, Grace, EndsAt) = (opensAt, startsAt, grace, endsAt);

    public DateTimeOffset OpensAt { get; }

    public DateTimeOffset StartsAt { get; }

    /// <summary>After the start, in which coming is not late yet.</summary>
    public TimeSpan Grace { get; }

    public DateTimeOffset EndsAt { get; }

    /// <returns>Fails with <c>session.invalid_window</c> unless opens ≤ starts ≤ starts + grace ≤ ends, opens &lt; ends, within
    /// <see cref="MaxLength"/>.</returns>
    public static Result<ClassWindow> Create(DateTimeOffset opensAt, DateTimeOffset startsAt, TimeSpan grace, DateTimeOffset endsAt)
    {
        if (opensAt > startsAt) return Invalid("opens_at", "opens_at must not be after starts_at.");
        if (grace < TimeSpan.Zero || grace > MaxLength)
            return Invalid("grace_minutes", "grace_minutes must be 0 or more and end the session at the latest.");
        if (endsAt <= startsAt) return Invalid("ends_at", "ends_at must be after starts_at.");
        if (endsAt - opensAt > MaxLength)
            return Invalid("ends_at", $"A session lasts {MaxLength.TotalHours:0} hours at most, counted from opens_at.");
        if (startsAt + grace > endsAt)
            return Invalid("grace_minutes", "grace_minutes must be 0 or more and end the session at the latest.");
        return new ClassWindow(opensAt, startsAt, grace, endsAt);
    }

    /// <returns>Null outside the window; both its ends belong to it.</returns>
    public AttendanceStatus? Classify(DateTimeOffset at)
    {
        if (at < OpensAt || at > EndsAt) return null;
        return at <= StartsAt + Grace ? AttendanceStatus.Present : AttendanceStatus.Late;
    }

    private static Error Invalid(string field, string message) =>
        new("session.invalid_window", message, ErrorKind.Invalid) { Field = field };
}
