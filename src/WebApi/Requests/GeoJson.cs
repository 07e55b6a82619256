using System.Text.Json;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;

namespace FaceAttendance.WebApi.Requests;

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

    public static void WriteFeature(Utf8JsonWriter json, Site site)
    {
        json.WriteString("type", "Feature");
        json.WriteString("id", site.Id.Value);
        json.WriteStartObject("geometry");
        switch (site.Fence)
        {
            case CircularFence circle:
                json.WriteString("type", "Point");
                json.WritePropertyName("coordinates");
                WritePosition(json, circle.Centre);
                break;
            case PolygonFence polygon:
                json.WriteString("type", "Polygon");
                json.WriteStartArray("coordinates");
                foreach (var ring in polygon.Rings)
                {
                    json.WriteStartArray();
                    foreach (var position in ring) WritePosition(json, position);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
                break;
        }
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("name", site.Name);
        if (site.Fence is CircularFence) json.WriteNumber("radius_m", site.Fence.RadiusMeters);
        json.WriteEndObject();
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

    private static void WritePosition(Utf8JsonWriter json, GeoPoint position)
    {
        json.WriteStartArray();
        json.WriteNumberValue(position.Longitude);
        json.WriteNumberValue(position.Latitude);
        json.WriteEndArray();
    }

    private static Error NoPosition { get; } =
        Error.InvalidField("geometry",
            "geometry.coordinates must hold positions [longitude, latitude] within ±180 and ±90, nested as geometry.type asks.");
}
