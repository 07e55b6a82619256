using System.Buffers;
using System.Text;
using System.Text.Json;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Presence;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Evidence as a JSON object, in the database and on the wire.</summary>
public static class EvidenceCodec
{
    public static string ToJson(Evidence evidence)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        switch (evidence)
        {
            case Evidence.Camera camera:
                WriteGiven(json, "distance", camera.Distance);
                WriteGiven(json, "similarity", camera.Similarity);
                if (camera.DeviceId is { } device) json.WriteString("device_id", device);
                if (camera.LocationId is { } location) json.WriteString("location_id", location);
                if (camera.Direction is { } direction) json.WriteString("direction", Words.Of(direction));
                break;
            case Evidence.CheckIn checkIn:
                WriteOrNull(json, "liveness_session", checkIn.LivenessSession?.ToString());
                WriteOrNull(json, "site_id", checkIn.Site?.Value.ToString());
                WriteOrNull(json, "distance_m", checkIn.DistanceMeters);
                WriteOrNull(json, "accuracy_m", checkIn.AccuracyMeters);
                WriteOrNull(json, "verdict", checkIn.Verdict is { } verdict ? Words.Of(verdict) : null);
                if (checkIn.CapturedAt is { } capturedAt) json.WriteString("captured_at", capturedAt.ToUniversalTime());
                else json.WriteNull("captured_at");
                WriteOrNull(json, "device_id", checkIn.DeviceId);
                json.WriteStartArray("reasons");
                foreach (var reason in checkIn.Reasons) json.WriteStringValue(reason);
                json.WriteEndArray();
                break;
            case Evidence.Manual manual:
                WriteOrNull(json, "reason", manual.Reason);
                WriteOrNull(json, "replaced", manual.Replaced?.ToString());
                break;
        }
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what any version wrote: members that are not there are null, and such as nobody knows are passed over.</summary>
    public static Evidence Read(AttendanceOrigin origin, string json)
    {
        using var document = JsonDocument.Parse(json);
        var read = document.RootElement;
        return origin switch
        {
            AttendanceOrigin.Camera => new Evidence.Camera(
                Number(read, "distance"), Number(read, "similarity"), Text(read, "device_id"), Text(read, "location_id"),
                Words.Parse<CameraDirection>(Text(read, "direction"))),
            AttendanceOrigin.CheckIn => new Evidence.CheckIn(
                Id(read, "liveness_session"), Id(read, "site_id") is { } site ? new SiteId(site) : null, Number(read, "distance_m"),
                Number(read, "accuracy_m"), Words.Parse<PresenceVerdict>(Text(read, "verdict")),
                Text(read, "captured_at") is { } at ? DateTimeOffset.Parse(at, null) : null, Text(read, "device_id"),
                read.TryGetProperty("reasons", out var reasons) ? [.. reasons.EnumerateArray().Select(r => r.GetString()!)] : []),
            AttendanceOrigin.Manual => new Evidence.Manual(
                Text(read, "reason"), Id(read, "replaced") is { } replaced ? new RecordId(replaced) : null),
            AttendanceOrigin.Schedule => new Evidence.Schedule(),
        };
    }

    private static void WriteGiven(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    private static void WriteOrNull(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    // A null text is written as null.
    private static void WriteOrNull(Utf8JsonWriter json, string name, string? value) => json.WriteString(name, value);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static Guid? Id(JsonElement json, string name) => Text(json, name) is { } id ? new Guid(id) : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
