using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Sessions that start within the span, earliest first.</summary>
public sealed record ListClassSessions(SchoolId School, DateTimeOffset From, DateTimeOffset To, int Limit)
    : IRequest<Result<IReadOnlyList<ClassSession>>>;

internal sealed class ListClassSessionsHandler(IClassSessions sessions)
    : IRequestHandler<ListClassSessions, Result<IReadOnlyList<ClassSession>>>
{
    public async Task<Result<IReadOnlyList<ClassSession>>> Handle(ListClassSessions query, CancellationToken ct) =>
        Result<IReadOnlyList<ClassSession>>.Ok(await sessions.ListAsync(query.School, query.From, query.To, query.Limit, ct));
}
