using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Announces a lesson or a day and who is expected.</summary>
public sealed record AddClassSession(SchoolId School, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster)
    : IRequest<Result<ClassSession>>, IAnnouncedSession;

internal sealed class AddClassSessionValidator : AnnouncedSessionValidator<AddClassSession>;

internal sealed class AddClassSessionHandler(IClassSessions sessions) : IRequestHandler<AddClassSession, Result<ClassSession>>
{
    public Task<Result<ClassSession>> Handle(AddClassSession command, CancellationToken ct) =>
        sessions.AddAsync(
            command.School, new(ClassSessionId.New(), command.Name, command.Window, ((IAnnouncedSession)command).Expected, null), ct);
}
