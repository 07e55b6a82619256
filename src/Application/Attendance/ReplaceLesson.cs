using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Puts a lesson in the place of the one of its id.</summary>
public sealed record ReplaceLesson(SchoolId School, Lesson Lesson) : IRequest<Result<ExpectedLesson>>, ILessonSaid;

internal sealed class ReplaceLessonValidator : LessonValidator<ReplaceLesson>;

internal sealed class ReplaceLessonHandler(ILessons lessons, ITimetable timetable) : IRequestHandler<ReplaceLesson, Result<ExpectedLesson>>
{
    public async Task<Result<ExpectedLesson>> Handle(ReplaceLesson command, CancellationToken ct)
    {
        var saved = await lessons.SaveAsync(command.School, command.Lesson, isNew: false, ct);
        if (saved.Error is { } error) return error;
        await timetable.MakeAsync(command.School, ct);
        return await lessons.FindAsync(command.School, command.Lesson.Id, ct) is { } found ? found : LessonErrors.NotFound;
    }
}
