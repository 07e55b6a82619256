using FaceAttendance.Domain.Presence;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO;

namespace FaceAttendance.Infrastructure.Presence;

/// <summary>
/// Fences as PostGIS reads and writes them: EWKB, little-endian, longitude before latitude. Npgsql's own plug-in for geometry is not
/// needed: PostGIS casts bytea to geography.
/// </summary>
internal static class FenceCodec
{
    public static byte[] Encode(Fence fence) => new WKBWriter(ByteOrder.LittleEndian, handleSRID: true).Write(fence.Shape);

    /// <exception cref="InvalidOperationException">The row was not written by this program.</exception>
    public static Fence Decode(byte[] shape, double radiusMeters)
    {
        var geometry = new WKBReader().Read(shape);
        var made = geometry switch
        {
            Point centre => CircularFence.Create(PointOf(centre.Coordinate), radiusMeters),
            Polygon polygon => PolygonFence.Create([RingOf(polygon.ExteriorRing), .. polygon.InteriorRings.Select(RingOf)]),
            _ => throw new InvalidOperationException($"A stored fence is a {geometry.GeometryType}."),
        };
        return made.Match(fence => fence, error => throw new InvalidOperationException($"A stored fence is no fence: {error.Message}"));
    }

    private static GeoPoint[] RingOf(LineString ring) => [.. ring.Coordinates.Select(PointOf)];

    private static GeoPoint PointOf(Coordinate c) => new(latitude: c.Y, longitude: c.X);
}
