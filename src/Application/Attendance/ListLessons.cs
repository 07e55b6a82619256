using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>The timetable, of one class or of all.</summary>
public sealed record ListLessons(SchoolId School, string? ClassName, int Limit, int Offset) : IRequest<Result<LessonPage>>;

/// <param name="Total">On all pages.</param>
public sealed record LessonPage(IReadOnlyList<ExpectedLesson> Lessons, int Total);

internal sealed class ListLessonsHandler(ILessons lessons) : IRequestHandler<ListLessons, Result<LessonPage>>
{
    public async Task<Result<LessonPage>> Handle(ListLessons query, CancellationToken ct)
    {
        var (found, total) = await lessons.ListAsync(query.School, query.ClassName, query.Limit, query.Offset, ct);
        return new LessonPage(found, total);
    }
}
