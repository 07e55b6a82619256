using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>A page of the school's users by name.</summary>
public sealed record ListUsers(SchoolId School, int Limit, int Offset) : IRequest<Result<UserPage>>;

internal sealed class ListUsersHandler(IUsers users) : IRequestHandler<ListUsers, Result<UserPage>>
{
    public async Task<Result<UserPage>> Handle(ListUsers query, CancellationToken ct) =>
        await users.ListAsync(query.School, query.Limit, query.Offset, ct);
}
