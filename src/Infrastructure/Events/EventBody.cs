using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>The body of an event as its receiver reads it. Written once; every attempt sends and signs the same bytes.</summary>
internal static class EventBody
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Sighting sighting)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event", EventTypes.Recognized);
        json.WriteString("student_id", sighting.Label);
        json.WriteNumber("distance", sighting.Who.Distance);
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

    /// <summary>
    /// The body with the student's number of the event as its last member. The operator's endpoint gets the number in a header alone, for
    /// the contract's receivers know every member that may come.
    /// </summary>
    public static string WithSequence(string body, long? sequence) =>
        sequence is { } number ? string.Create(CultureInfo.InvariantCulture, $"{body.AsSpan(0, body.Length - 1)},\"sequence\":{number}}}")
            : body;

    private static void WriteGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
