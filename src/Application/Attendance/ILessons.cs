using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Attendance;

/// <summary>The school's lessons.</summary>
public interface ILessons
{
    /// <summary>By class, and then by weekday and time.</summary>
    /// <param name="className">Null for those of all.</param>
    /// <returns>A page of them, and how many there are in all.</returns>
    Task<(IReadOnlyList<ExpectedLesson> Lessons, int Total)> ListAsync(
        SchoolId school, string? className, int limit, int offset, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<ExpectedLesson?> FindAsync(SchoolId school, LessonId id, CancellationToken ct);

    /// <summary>Adds the lesson, or puts it in the place of the one of its id.</summary>
    /// <returns>Fails with <see cref="LessonErrors.NotFound"/> or <see cref="ClassSessionErrors.UnknownStudents"/>.</returns>
    Task<Result<Done>> SaveAsync(SchoolId school, Lesson lesson, bool isNew, CancellationToken ct);

    /// <summary>Removes the lesson and those of its class sessions that have not begun and hold no attendance.</summary>
    /// <returns>Fails with <see cref="LessonErrors.NotFound"/>.</returns>
    Task<Result<Done>> RemoveAsync(SchoolId school, LessonId id, CancellationToken ct);

    /// <summary>Many lessons at once. One that is there with this name, class, weekdays and start is changed.</summary>
    /// <returns>What became of each, in their order.</returns>
    Task<IReadOnlyList<Result<ImportedLesson>>> ImportAsync(
        SchoolId school, IReadOnlyList<Lesson> lessons, bool dryRun, CancellationToken ct);
}

/// <param name="Expected">How many students it expects today.</param>
public sealed record ExpectedLesson(Lesson Lesson, int Expected);

/// <summary>The days on which the school holds no lessons.</summary>
public interface IHolidays
{
    /// <summary>By their first day.</summary>
    Task<IReadOnlyList<Holiday>> ListAsync(SchoolId school, CancellationToken ct);

    Task AddAsync(SchoolId school, Holiday holiday, CancellationToken ct);

    /// <returns>Whether it was there.</returns>
    Task<bool> RemoveAsync(SchoolId school, HolidayId id, CancellationToken ct);
}

/// <summary>Makes the class sessions of the days ahead.</summary>
public interface ITimetable
{
    /// <summary>
    /// Makes the class sessions that the lessons ask for, changes and removes those that have not begun and hold no attendance, and leaves
    /// alone what a person changed. Again, or by several at once, it makes no difference.
    /// </summary>
    /// <returns>Whether anything had changed since the last time.</returns>
    Task<bool> MakeAsync(SchoolId school, CancellationToken ct);
}
