using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.V1;

/// <summary>A site as a GeoJSON feature.</summary>
internal sealed record SiteFeature(FeatureType Type, Guid Id, SiteGeometry Geometry, SiteProperties Properties)
{
    public static SiteFeature Of(Site site) => new(
        FeatureType.Feature, site.Id.Value, SiteGeometry.Of(site.Fence),
        new(site.Name, site.Fence is CircularFence ? site.Fence.RadiusMeters : null));
}

/// <summary>A page of sites as a GeoJSON collection.</summary>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record SiteCollection(FeatureCollectionType Type, IReadOnlyList<SiteFeature> Features, int Total)
{
    public static SiteCollection Of(IReadOnlyList<Site> sites, int total) =>
        new(FeatureCollectionType.FeatureCollection, [.. sites.Select(SiteFeature.Of)], total);
}

/// <summary>A site as it is sent. Members that GeoJSON knows and a site does not need are passed over.</summary>
internal sealed record NewSite(FeatureType Type, SiteGeometry Geometry, SiteProperties Properties) : IJsonBody;

/// <summary>A Point is a circle's centre; a Polygon's first ring is its edge, and each other a hole.</summary>
/// <param name="Coordinates">Of a Point [longitude, latitude]; of a Polygon rings of such positions, each ending where it begins.</param>
internal sealed record SiteGeometry(GeometryType Type, IReadOnlyList<JsonElement> Coordinates)
{
    public static SiteGeometry Of(Fence fence) => fence switch
    {
        CircularFence circle => new(GeometryType.Point, [.. PositionOf(circle.Centre).Select(ElementOf)]),
        PolygonFence polygon => new(GeometryType.Polygon, [.. polygon.Rings.Select(ring => ElementOf(ring.Select(PositionOf)))]),
        _ => throw new ArgumentException($"A {fence.GetType().Name} has no shape in GeoJSON yet.", nameof(fence)),
    };

    private static JsonElement ElementOf<T>(T value) => JsonSerializer.SerializeToElement(value);

    private static double[] PositionOf(GeoPoint place) => [place.Longitude, place.Latitude];
}

/// <param name="RadiusM">Metres; of a Point alone.</param>
internal sealed record SiteProperties(string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RadiusM);

internal enum FeatureType
{
    [JsonStringEnumMemberName("Feature")]
    Feature,
}

internal enum FeatureCollectionType
{
    [JsonStringEnumMemberName("FeatureCollection")]
    FeatureCollection,
}

internal enum GeometryType
{
    [JsonStringEnumMemberName("Point")]
    Point,

    [JsonStringEnumMemberName("Polygon")]
    Polygon,
}

/// <summary>Sites as GeoJSON features (RFC 7946): a circle is a Point with radius_m among its properties. Positions are [longitude,
/// latitude].</summary>
internal static class GeoJson
{
    public const string ContentType = "application/geo+json";

    /// <summary>A site's name and fence.</summary>
    public static Result<(string Name, Fence Fence)> ReadFeature(JsonFields fields)
    {
        if (fields.OptionalText("type") != "Feature") return Error.InvalidField("type", "A site is a GeoJSON object of type Feature.");
        if (fields.Optional("properties") is not { ValueKind: JsonValueKind.Object } properties)
            return Error.InvalidField("properties", "properties must be an object.");
        if (fields.Optional("geometry") is not { ValueKind: JsonValueKind.Object } geometry)
            return Error.InvalidField("geometry", "geometry must be an object.");
        if (!properties.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
            return Error.InvalidField("name", "properties.name must be a string.");
        var type = geometry.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
        if (!geometry.TryGetProperty("coordinates", out var coordinates))
            return Error.InvalidField("geometry", "geometry.coordinates is missing.");
        var hasRadius = properties.TryGetProperty("radius_m", out var radius) && radius.ValueKind != JsonValueKind.Null;
        var fence = type switch
        {
            "Point" when hasRadius && radius.ValueKind == JsonValueKind.Number => ReadCircle(coordinates, radius.GetDouble()),
            "Point" => Error.InvalidField("radius_m", "A circle needs properties.radius_m, a number of metres."),
            "Polygon" when hasRadius => Error.InvalidField("radius_m", "Only a Point has a radius_m."),
            "Polygon" => ReadPolygon(coordinates),
            _ => Error.InvalidField("geometry", "geometry.type must be Point or Polygon."),
        };
        return fence.Match<Result<(string, Fence)>>(f => (name.GetString()!, f), error => error);
    }

    private static Result<Fence> ReadCircle(JsonElement coordinates, double radiusMeters) =>
        ReadPosition(coordinates) is { } centre ? CircularFence.Create(centre, radiusMeters) : NoPosition;

    private static Result<Fence> ReadPolygon(JsonElement coordinates)
    {
        if (coordinates.ValueKind != JsonValueKind.Array) return NoPosition;
        var rings = new List<IReadOnlyList<GeoPoint>>();
        foreach (var given in coordinates.EnumerateArray())
        {
            if (given.ValueKind != JsonValueKind.Array) return NoPosition;
            var ring = new List<GeoPoint>();
            foreach (var position in given.EnumerateArray())
            {
                if (ReadPosition(position) is not { } point) return NoPosition;
                ring.Add(point);
            }
            rings.Add(ring);
        }
        return PolygonFence.Create(rings);
    }

    /// <returns>Null for what is no position; a height is passed over.</returns>
    private static GeoPoint? ReadPosition(JsonElement position)
    {
        if (position.ValueKind != JsonValueKind.Array || position.GetArrayLength() is < 2 or > 3) return null;
        if (position[0].ValueKind != JsonValueKind.Number || position[1].ValueKind != JsonValueKind.Number) return null;
        if (!position[0].TryGetDouble(out var longitude) || !position[1].TryGetDouble(out var latitude)) return null;
        return GeoPoint.IsValid(latitude, longitude) ? new GeoPoint(latitude, longitude) : null;
    }

    private static Error NoPosition { get; } =
        Error.InvalidField("geometry",
            "geometry.coordinates must hold positions [longitude, latitude] within ±180 and ±90, nested as geometry.type asks.");
}
