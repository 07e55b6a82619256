using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

public sealed record GetLesson(SchoolId School, LessonId Id) : IRequest<Result<ExpectedLesson>>;

internal sealed class GetLessonHandler(ILessons lessons) : IRequestHandler<GetLesson, Result<ExpectedLesson>>
{
    public async Task<Result<ExpectedLesson>> Handle(GetLesson query, CancellationToken ct) =>
        await lessons.FindAsync(query.School, query.Id, ct) is { } found ? found : LessonErrors.NotFound;
}
