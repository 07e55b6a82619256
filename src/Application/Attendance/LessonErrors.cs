using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class LessonErrors
{
    public static Error NotFound { get; } = new("lesson.not_found", "The school has no such lesson.", ErrorKind.NotFound);

    public static Error HolidayNotFound { get; } = new("holiday.not_found", "The school has no such holiday.", ErrorKind.NotFound);

    public static Error Repeated(int line) => new(
        "timetable.repeated_lesson",
        $"A lesson of this name, class, weekdays and start stands in line {line} already; leave one of the two.",
        ErrorKind.Rejected);

    public static Error TooManyRows { get; } = new(
        "timetable.too_many_rows", $"A timetable has at most {ImportLessons.MaxRows} rows; send the rest as another.", ErrorKind.TooLarge);
}
