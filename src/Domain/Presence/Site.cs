namespace FaceAttendance.Domain.Presence;

/// <summary>A site's id.</summary>
public readonly record struct SiteId(Guid Value)
{
    public static SiteId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>A place at which students may be present.</summary>
/// <param name="Name">1 to <see cref="MaxNameLength"/> characters.</param>
public sealed record Site(SiteId Id, string Name, Fence Fence)
{
    public const int MaxNameLength = 100;
}

/// <summary>The site whose fence is nearest to a position.</summary>
/// <param name="DistanceMeters">On the ellipsoid to the fence's edge; 0 on it, negative inside.</param>
/// <param name="SizeMeters">A circle's radius; of a polygon that of a circle of its area.</param>
public sealed record NearestSite(SiteId Id, string Name, double DistanceMeters, double SizeMeters)
{
    public override string ToString() => $"NearestSite({Id}, distance withheld)";
}
