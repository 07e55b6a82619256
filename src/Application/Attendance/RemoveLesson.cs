using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Takes a lesson off the timetable; what was recorded in it stays.</summary>
public sealed record RemoveLesson(SchoolId School, LessonId Id) : IRequest<Result<Done>>;

internal sealed class RemoveLessonHandler(ILessons lessons) : IRequestHandler<RemoveLesson, Result<Done>>
{
    public Task<Result<Done>> Handle(RemoveLesson command, CancellationToken ct) => lessons.RemoveAsync(command.School, command.Id, ct);
}
