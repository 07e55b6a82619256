using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

/// <summary>A page of the school's sites, oldest first.</summary>
public sealed record ListSites(SchoolId School, int Limit, int Offset) : IRequest<Result<SitePage>>;

public sealed record SitePage(IReadOnlyList<Site> Items, int Total);

internal sealed class ListSitesHandler(ISites sites) : IRequestHandler<ListSites, Result<SitePage>>
{
    public async Task<Result<SitePage>> Handle(ListSites query, CancellationToken ct)
    {
        var (items, total) = await sites.ListAsync(query.School, query.Limit, query.Offset, ct);
        return new SitePage(items, total);
    }
}
