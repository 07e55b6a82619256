using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Attendance;

/// <summary>A class session's id.</summary>
public readonly record struct ClassSessionId(Guid Value)
{
    public static ClassSessionId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>An attendance record's id.</summary>
public readonly record struct RecordId(Guid Value)
{
    public static RecordId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>How an attendance record came about.</summary>
public enum AttendanceOrigin
{
    /// <summary>A fixed camera recognised the student.</summary>
    Camera,

    /// <summary>The student proved themselves alive and there.</summary>
    CheckIn,

    /// <summary>A person said so, and why.</summary>
    Manual,

    /// <summary>Nobody said anything until the class session ended.</summary>
    Schedule,
}

/// <summary>That a student was, or was not, there.</summary>
/// <param name="Session">Null outside class sessions.</param>
public sealed record AttendanceRecord(
    RecordId Id, StudentId Student, ClassSessionId? Session, DateTimeOffset At, AttendanceStatus Status, bool NeedsReview,
    Evidence Evidence)
{
    public AttendanceOrigin Origin => Evidence.Origin;


    public override string ToString() => $"AttendanceRecord({Id}, {Origin})";
}

/// <summary>A lesson or a day that students are expected at.</summary>
/// <param name="Roster">In ordinal order, without repetition.</param>
/// <param name="SettledAt">When its absences were written; null before.</param>
public sealed record ClassSession(
    ClassSessionId Id, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster, DateTimeOffset? SettledAt)
{
    public const int MaxNameLength = 100;

    /// <summary>A school's largest assembly.</summary>
    public const int MaxRoster = 2_000;

    /// <summary>What the session becomes by a new announcement, as far as what is recorded of it stays true.</summary>
    /// <param name="records">Of this session.</param>
    /// <returns>
    /// Fails with <c>session.settled</c>, with <c>session.student_recorded</c> when somebody with a record would leave the roster, and with
    /// <c>session.judged_otherwise</c> when the new times would make another status of a camera's sighting or a check-in. A mark by hand is
    /// a person's word and holds at any time.
    /// </returns>
    public Result<ClassSession> Replace(
        string name, ClassWindow window, IReadOnlyList<StudentId> roster, IReadOnlyCollection<AttendanceRecord> records)
    {
        if (SettledAt is not null)
        {
            return new Error("session.settled", "The class session is over and its absences are written; mark students by hand instead.",
                ErrorKind.Conflict);
        }
        var left = Roster.Except(roster).ToHashSet();
        if (Named(records.Where(r => left.Contains(r.Student))) is { } leaving)
        {
            return new Error("session.student_recorded", "Students who have attendance in the class session stay on its roster.",
                ErrorKind.Conflict)
            { Details = leaving };
        }
        if (Named(records.Where(r => r.Origin is AttendanceOrigin.Camera or AttendanceOrigin.CheckIn
            && window.Classify(r.At) != r.Status)) is { } judged)
        {
            return new Error("session.judged_otherwise",
                "By the new times, attendance that stands already would have another status; mark these students by hand first.",
                ErrorKind.Conflict)
            { Details = judged };
        }
        return this with { Name = name, Window = window, Roster = roster };
    }

    private static Dictionary<string, object?>? Named(IEnumerable<AttendanceRecord> records)
    {
        string[] students = [.. records.Select(r => r.Student.Value).Distinct().Order(StringComparer.Ordinal)];
        return students.Length == 0 ? null : new() { ["students"] = students };
    }
}
