using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Attendance;

namespace FaceAttendance.Infrastructure.Webhooks;

/// <summary>The body of an event as its receiver reads it. Written once; every attempt sends and signs the same bytes.</summary>
internal static class EventBody
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Sighting sighting)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event", "attendance.recognized");
        json.WriteString("student_id", sighting.Label);
        if (sighting.Distance is { } distance) json.WriteNumber("distance", distance);
        else json.WriteNull("distance");
        json.WriteNumber("ts", sighting.SeenAt.ToUnixTimeSeconds());
        json.WriteStartObject("frame_info");
        json.WriteNumber("w", sighting.FrameWidth);
        json.WriteNumber("h", sighting.FrameHeight);
        json.WriteEndObject();
        json.WriteStartObject("box");
        json.WriteNumber("top", sighting.Box.Top);
        json.WriteNumber("right", sighting.Box.Right);
        json.WriteNumber("bottom", sighting.Box.Bottom);
        json.WriteNumber("left", sighting.Box.Left);
        json.WriteEndObject();
        WriteGiven(json, "device_id", sighting.Context.DeviceId);
        WriteGiven(json, "location_id", sighting.Context.LocationId);
        WriteGiven(json, "class_id", sighting.Context.ClassId);
        WriteGiven(json, "session_id", sighting.Context.SessionId);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
