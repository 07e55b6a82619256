using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record GetSite(SchoolId School, SiteId Id) : IRequest<Result<Site>>;

internal sealed class GetSiteHandler(ISites sites) : IRequestHandler<GetSite, Result<Site>>
{
    public async Task<Result<Site>> Handle(GetSite query, CancellationToken ct) =>
        await sites.FindAsync(query.School, query.Id, ct) is { } site ? site : SiteErrors.NotFound;
}
