using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Announces one anew: name, window and roster as a whole.</summary>
public sealed record ReplaceClassSession(
    SchoolId School, ClassSessionId Id, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster)
    : IRequest<Result<ClassSession>>, IAnnouncedSession;

internal sealed class ReplaceClassSessionValidator : AnnouncedSessionValidator<ReplaceClassSession>;

internal sealed class ReplaceClassSessionHandler(IClassSessions sessions) : IRequestHandler<ReplaceClassSession, Result<ClassSession>>
{
    public Task<Result<ClassSession>> Handle(ReplaceClassSession command, CancellationToken ct) =>
        sessions.ReplaceAsync(
            command.School, new(command.Id, command.Name, command.Window, ((IAnnouncedSession)command).Expected, null), ct);
}
