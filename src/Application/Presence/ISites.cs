using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Presence;

/// <summary>The school's sites.</summary>
public interface ISites
{
    /// <summary>Of one school.</summary>
    public const int MostSites = 10_000;

    /// <summary>Positions of all polygons of one school: a check looks at each of those nearby, some 7 microseconds a position.</summary>
    public const int MostPolygonPoints = 10_000;

    /// <returns>False when the school has as many sites, or polygons of as many positions, as it may.</returns>
    Task<bool> AddAsync(SchoolId school, Site site, CancellationToken ct);

    /// <returns>False for an unknown id, or for a polygon too many.</returns>
    Task<bool> ReplaceAsync(SchoolId school, Site site, CancellationToken ct);

    /// <returns>False for an unknown id.</returns>
    Task<bool> RemoveAsync(SchoolId school, SiteId id, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<Site?> FindAsync(SchoolId school, SiteId id, CancellationToken ct);

    /// <returns>A page in the order of creation, and how many there are in all.</returns>
    Task<(IReadOnlyList<Site> Items, int Total)> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct);
}

/// <summary>Where a position lies among the school's fences. Exact on the WGS-84 ellipsoid; one round trip at a site or close by, two
/// elsewhere.</summary>
public interface ISiteSearch
{
    /// <returns>The site whose edge is nearest, or in which the position lies deepest; null when the school has none.</returns>
    Task<NearestSite?> FindNearestAsync(SchoolId school, GeoPoint place, CancellationToken ct);
}

/// <summary>What the school wants done about faked locations.</summary>
public interface IEvidencePolicies
{
    /// <returns>The default for a school that never chose.</returns>
    Task<EvidencePolicy> GetAsync(SchoolId school, CancellationToken ct);

    Task SetAsync(SchoolId school, EvidencePolicy policy, CancellationToken ct);
}
