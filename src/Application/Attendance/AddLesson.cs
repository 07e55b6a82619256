using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Puts a lesson on the timetable.</summary>
public sealed record AddLesson(SchoolId School, Lesson Lesson) : IRequest<Result<ExpectedLesson>>, ILessonSaid;

internal sealed class AddLessonValidator : LessonValidator<AddLesson>;

internal sealed class AddLessonHandler(ILessons lessons, ITimetable timetable) : IRequestHandler<AddLesson, Result<ExpectedLesson>>
{
    public async Task<Result<ExpectedLesson>> Handle(AddLesson command, CancellationToken ct)
    {
        var saved = await lessons.SaveAsync(command.School, command.Lesson, isNew: true, ct);
        if (saved.Error is { } error) return error;
        await timetable.MakeAsync(command.School, ct);
        return await lessons.FindAsync(command.School, command.Lesson.Id, ct) is { } found ? found : LessonErrors.NotFound;
    }
}
