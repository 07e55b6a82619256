using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Attendance;

/// <summary>A lesson's id.</summary>
public readonly record struct LessonId(Guid Value)
{
    public static LessonId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>A holiday's id.</summary>
public readonly record struct HolidayId(Guid Value)
{
    public static HolidayId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>When a lesson is held, by the clock at the school.</summary>
/// <param name="OpensBefore">How long before its start it takes check-ins.</param>
/// <param name="Grace">After the start, in which coming is not late yet.</param>
public sealed record LessonHours(TimeOnly Starts, TimeOnly Ends, TimeSpan OpensBefore, TimeSpan Grace)
{
    /// <returns>Fails with <c>lesson.invalid_times</c>.</returns>
    public static Result<LessonHours> Create(TimeOnly starts, TimeOnly ends, TimeSpan opensBefore, TimeSpan grace)
    {
        if (ends <= starts) return Invalid("ends", "ends must be after starts, on the same day.");
        if (opensBefore < TimeSpan.Zero || opensBefore + (ends - starts) > ClassWindow.MaxLength)
        {
            return Invalid("opens_before_minutes",
                $"opens_before_minutes must be 0 or more, and the lesson last {ClassWindow.MaxLength.TotalHours:0} hours at most with it.");
        }
        if (grace < TimeSpan.Zero || grace > ends - starts)
            return Invalid("grace_minutes", "grace_minutes must be 0 or more and end the lesson at the latest.");
        return new LessonHours(starts, ends, opensBefore, grace);
    }

    private static Error Invalid(string field, string message) =>
        new("lesson.invalid_times", message, ErrorKind.Invalid) { Field = field };
}

/// <summary>A lesson that comes again every week.</summary>
/// <param name="ClassName">Whose students are expected, whoever they are by then; null for <paramref name="Students"/> alone.</param>
/// <param name="Weekdays">In the order of the week, each once.</param>
/// <param name="Students">Expected besides those of the class.</param>
/// <param name="ValidUntil">The last day; null without end.</param>
public sealed record Lesson(
    LessonId Id, string Name, string? ClassName, IReadOnlyList<DayOfWeek> Weekdays, LessonHours Hours, IReadOnlyList<StudentId> Students,
    DateOnly ValidFrom, DateOnly? ValidUntil)
{
    public bool IsOn(DateOnly day) =>
        day >= ValidFrom && !(day > ValidUntil) && Weekdays.Contains(day.DayOfWeek);

    /// <summary>The lesson's window on a day. Where a change of the clock shortens it, its grace ends with it at the latest.</summary>
    /// <returns>Null where the change leaves nothing of it.</returns>
    public ClassWindow? WindowOn(DateOnly day, SchoolCalendar calendar)
    {
        var (starts, ends) = (calendar.InstantOf(day, Hours.Starts), calendar.InstantOf(day, Hours.Ends));
        if (ends <= starts) return null;
        var grace = Hours.Grace < ends - starts ? Hours.Grace : ends - starts;
        var opens = starts - Hours.OpensBefore;
        // An hour that comes twice makes it longer than a session may be only if it fills the day.
        if (ends - opens > ClassWindow.MaxLength) opens = ends - ClassWindow.MaxLength;
        return ClassWindow.Create(opens < starts ? opens : starts, starts, grace, ends).Match<ClassWindow?>(window => window, _ => null);
    }

    public override string ToString() => $"Lesson({Id})";
}

/// <summary>Days on which no lesson is held.</summary>
public sealed record Holiday(HolidayId Id, string Name, DateOnly First, DateOnly Last)
{
    public const int MaxNameLength = 100;

    public bool Covers(DateOnly day) => day >= First && day <= Last;
}

/// <summary>A lesson on one of its days.</summary>
public sealed record PlannedLesson(Lesson Lesson, DateOnly Day, ClassWindow Window);

/// <summary>What the timetable makes of the days ahead.</summary>
public static class Timetable
{
    /// <summary>So many days have their class sessions: today and those after it.</summary>
    public const int DaysAhead = 14;

    public static IEnumerable<PlannedLesson> Plan(
        IReadOnlyCollection<Lesson> lessons, IReadOnlyCollection<Holiday> holidays, SchoolCalendar calendar, DateOnly today) =>
        from offset in Enumerable.Range(0, DaysAhead)
        let day = today.AddDays(offset)
        where !holidays.Any(h => h.Covers(day))
        from lesson in lessons
        where lesson.IsOn(day)
        let window = lesson.WindowOn(day, calendar)
        where window is not null
        select new PlannedLesson(lesson, day, window);
}
