using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A class session with the attendance of everybody on its roster.</summary>
public sealed record GetClassSession(SchoolId School, ClassSessionId Id) : IRequest<Result<ClassSessionView>>;

public sealed record ClassSessionView(ClassSession Session, IReadOnlyList<RosterEntry> Entries);

internal sealed class GetClassSessionHandler(IClassSessions sessions, IClassRosters rosters)
    : IRequestHandler<GetClassSession, Result<ClassSessionView>>
{
    public async Task<Result<ClassSessionView>> Handle(GetClassSession query, CancellationToken ct) =>
        await sessions.FindAsync(query.School, query.Id, ct) is { } session
            ? new ClassSessionView(session, await rosters.ListAsync(query.School, query.Id, ct))
            : ClassSessionErrors.NotFound;
}
