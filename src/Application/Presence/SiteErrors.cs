using System.Globalization;
using FaceAttendance.Domain;

namespace FaceAttendance.Application.Presence;

public static class SiteErrors
{
    public static Error NotFound { get; } = new("site.not_found", "The school has no such site.", ErrorKind.NotFound);

    public static Error TooMany { get; } = new(
        "site.too_many",
        string.Create(CultureInfo.InvariantCulture,
            $"A school has at most {ISites.MostSites:#,0} sites, whose polygons have at most {ISites.MostPolygonPoints:#,0} positions " +
            $"together; remove a site, or give this one a simpler shape."),
        ErrorKind.Conflict);
}
