using NetTopologySuite.Geometries;

namespace FaceAttendance.Domain.Presence;

/// <summary>
/// Geometry on a sphere, for what needs no exact metre: how fast somebody would have to travel, and whether a fence's outline crosses
/// itself. Distances to a fence are the database's, on the ellipsoid.
/// </summary>
internal static class Sphere
{
    // Mean radius R1 of WGS-84 (Moritz, Geodetic Reference System 1980). A distance on this sphere is at most 0.6 % from the ellipsoid's.
    private const double RadiusMeters = 6_371_008.8;

    /// <summary>The way from one position to the other, in metres.</summary>
    public static double DistanceMeters(GeoPoint from, GeoPoint to)
    {
        var (a, b) = (Direction(from), Direction(to));
        // The angle from its sine and its cosine: exact for the nearest and for the farthest points alike.
        return RadiusMeters * Math.Atan2(Length(Cross(a, b)), Dot(a, b));
    }

    /// <summary>
    /// Draws positions on the plane that touches the sphere in their midst. Great circles become straight lines there, so an outline is
    /// right on the sphere when its drawing is right, at the antimeridian and the poles as anywhere else.
    /// </summary>
    /// <returns>Null when the positions surround no midst, or one lies farther than <paramref name="reachMeters"/> from it.</returns>
    public static Func<GeoPoint, Coordinate>? GnomonicPlaneOf(IReadOnlyCollection<GeoPoint> positions, double reachMeters)
    {
        var sum = (X: 0.0, Y: 0.0, Z: 0.0);
        foreach (var position in positions)
        {
            var d = Direction(position);
            sum = (sum.X + d.X, sum.Y + d.Y, sum.Z + d.Z);
        }
        var length = Length(sum);
        if (length < 1e-6 * positions.Count) return null;
        var up = (X: sum.X / length, Y: sum.Y / length, Z: sum.Z / length);
        var leastCosine = Math.Cos(reachMeters / RadiusMeters);
        if (positions.Any(p => Dot(Direction(p), up) < leastCosine)) return null;

        // Any two directions at right angles span the plane; the axis that lies farthest from `up` gives the first.
        var axis = Math.Abs(up.Z) < 0.9 ? (0.0, 0.0, 1.0) : (1.0, 0.0, 0.0);
        var east = Cross(axis, up);
        var eastLength = Length(east);
        east = (east.X / eastLength, east.Y / eastLength, east.Z / eastLength);
        var north = Cross(up, east);
        return position =>
        {
            var d = Direction(position);
            var height = Dot(d, up);
            return new Coordinate(Dot(d, east) / height, Dot(d, north) / height);
        };
    }

    private static (double X, double Y, double Z) Direction(GeoPoint position)
    {
        var (sinLatitude, cosLatitude) = Math.SinCos(double.DegreesToRadians(position.Latitude));
        var (sinLongitude, cosLongitude) = Math.SinCos(double.DegreesToRadians(position.Longitude));
        return (cosLatitude * cosLongitude, cosLatitude * sinLongitude, sinLatitude);
    }

    private static double Dot((double X, double Y, double Z) a, (double X, double Y, double Z) b) =>
        (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    private static (double X, double Y, double Z) Cross((double X, double Y, double Z) a, (double X, double Y, double Z) b) =>
        ((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));

    private static double Length((double X, double Y, double Z) v) => Math.Sqrt(Dot(v, v));
}
