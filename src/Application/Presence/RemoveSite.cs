using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record RemoveSite(SchoolId School, SiteId Id) : IRequest<Result<Done>>;

internal sealed class RemoveSiteHandler(ISites sites) : IRequestHandler<RemoveSite, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveSite command, CancellationToken ct) =>
        await sites.RemoveAsync(command.School, command.Id, ct) ? default(Done) : SiteErrors.NotFound;
}
