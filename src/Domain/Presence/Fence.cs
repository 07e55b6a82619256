using NetTopologySuite.Algorithm;
using NetTopologySuite.Geometries;
using NetTopologySuite.Operation.Valid;

namespace FaceAttendance.Domain.Presence;

/// <summary>The area of a site. Its edge belongs to it. Immutable.</summary>
public abstract class Fence
{
    /// <summary>WGS-84 longitude and latitude in EPSG's register.</summary>
    public const int Srid = 4326;

    private protected static readonly GeometryFactory Geometries = new(new PrecisionModel(), Srid);

    private protected Fence()
    {
    }

    /// <summary>The centre of a circle or the polygon itself, X the longitude and Y the latitude in degrees, straight edges being
    /// geodesics.</summary>
    public abstract Geometry Shape { get; }

    /// <summary>How far the area reaches beyond <see cref="Shape"/>: the circle's radius, 0 for a polygon.</summary>
    public abstract double RadiusMeters { get; }

    public override string ToString() => $"{GetType().Name}(position withheld)";
}

/// <summary>All that lies no farther than a radius from a point.</summary>
public sealed class CircularFence : Fence
{
    /// <summary>Below a metre no fix can tell in from out.</summary>
    public const double MinRadiusMeters = 1;

    /// <summary>A larger ground is drawn as a polygon. The search for the nearest fence looks this much farther, so the limit keeps it
    /// quick.</summary>
    public const double MaxRadiusMeters = 10_000;

    private CircularFence(GeoPoint centre, double radiusMeters)
    {
        (Centre, RadiusMeters) = (centre, radiusMeters);
        Shape = Geometries.CreatePoint(new Coordinate(centre.Longitude, centre.Latitude));
    }

    public GeoPoint Centre { get; }

    public override double RadiusMeters { get; }

    public override Geometry Shape { get; }

    /// <returns>Fails with <c>site.invalid_radius</c>.</returns>
    public static Result<Fence> Create(GeoPoint centre, double radiusMeters) => radiusMeters is >= MinRadiusMeters and <= MaxRadiusMeters
        ? Result<Fence>.Ok(new CircularFence(centre, radiusMeters))
        : new Error("site.invalid_radius", $"radius_m must lie between {MinRadiusMeters:0} and {MaxRadiusMeters:0} metres.",
            ErrorKind.Invalid)
        { Field = "radius_m" };
}

/// <summary>An outline with holes. Each edge is the shortest way between its ends, so it may cross the antimeridian and surround a
/// pole.</summary>
public sealed class PolygonFence : Fence
{
    /// <summary>Outline and holes together; a campus drawn to the metre has a few hundred.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>From the midst of the polygon to any corner: far more than a campus, far less than a hemisphere.</summary>
    public const double MaxReachMeters = 100_000;

    private readonly Polygon _polygon;

    private PolygonFence(IReadOnlyList<IReadOnlyList<GeoPoint>> rings)
    {
        Rings = rings;
        _polygon = Geometries.CreatePolygon(RingOf(rings[0]), [.. rings.Skip(1).Select(RingOf)]);
    }

    /// <summary>The outline, then the holes; each closed: its first point stands again at its end. The outline runs counter-clockwise,
    /// holes clockwise.</summary>
    public IReadOnlyList<IReadOnlyList<GeoPoint>> Rings { get; }

    public override double RadiusMeters => 0;

    public override Geometry Shape => _polygon;

    /// <param name="rings">Closed rings, the outline first, in either direction.</param>
    /// <returns>Fails with <c>site.invalid_polygon</c>, saying what is wrong but not where.</returns>
    public static Result<Fence> Create(IReadOnlyList<IReadOnlyList<GeoPoint>> rings)
    {
        if (rings.Count == 0) return Invalid("it has no outline");
        if (rings.Sum(r => r.Count) > MaxPoints) return Invalid($"it has more than {MaxPoints} points");
        foreach (var ring in rings)
        {
            if (ring.Count < 4) return Invalid("a ring needs at least four positions, the last equal to the first");
            if (ring[0] != ring[^1]) return Invalid("a ring's last position must equal its first");
        }
        if (Sphere.GnomonicPlaneOf([.. rings[0].Skip(1)], MaxReachMeters) is not { } draw)
        {
            return Invalid($"a corner of the outline lies more than {MaxReachMeters / 1000:0} km from its midst");
        }
        if (rings.Skip(1).Any(hole => Sphere.GnomonicPlaneOf([.. hole, .. rings[0]], 2 * MaxReachMeters) is null))
            return Invalid("a hole lies outside the outline");

        var drawn = rings.Select(ring => Geometries.CreateLinearRing([.. ring.Select(draw)])).ToArray();
        var validity = new IsValidOp(Geometries.CreatePolygon(drawn[0], drawn[1..]));
        if (!validity.IsValid) return Invalid(validity.ValidationError.Message.ToLowerInvariant());

        var ordered = rings.Select((ring, i) => Orientation.IsCCW(drawn[i].CoordinateSequence) == (i == 0) ? ring : [.. ring.Reverse()])
            .ToArray();
        return Result<Fence>.Ok(new PolygonFence(ordered));
    }

    private static LinearRing RingOf(IReadOnlyList<GeoPoint> ring) =>
        Geometries.CreateLinearRing([.. ring.Select(p => new Coordinate(p.Longitude, p.Latitude))]);

    private static Error Invalid(string fault) =>
        new("site.invalid_polygon", $"The polygon cannot be a fence: {fault}.", ErrorKind.Invalid) { Field = "geometry" };
}
