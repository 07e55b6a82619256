using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>The body of an event about an attendance record that no camera made. It names no position.</summary>
internal static class RecordEvent
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static NewEvent Of(AttendanceRecord record) => new(Guid.CreateVersion7(), record.Student.Value, BodyOf(record), record.Id);

    private static string BodyOf(AttendanceRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event", TypeOf(record.Origin));
        json.WriteString("student_id", record.Student.Value);
        json.WriteNumber("ts", record.At.ToUnixTimeSeconds());
        json.WriteString("record_id", record.Id.Value);
        json.WriteString("status", Words.Of(record.Status));
        json.WriteString("origin", Words.Of(record.Origin));
        json.WriteBoolean("needs_review", record.NeedsReview);
        if (record.Session is { } session) json.WriteString("class_session_id", session.Value);
        if (record.Evidence is Evidence.Manual { Replaced: { } replaced }) json.WriteString("replaces", replaced.Value);
        if (record.Evidence is Evidence.CheckIn { Site: { } site }) json.WriteString("site_id", site.Value);
        if (record.Evidence is Evidence.CheckIn { DeviceId: { } device }) json.WriteString("device_id", device);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string TypeOf(AttendanceOrigin origin) => origin switch
    {
        AttendanceOrigin.CheckIn => EventTypes.CheckedIn,
        AttendanceOrigin.Manual => EventTypes.Marked,
        AttendanceOrigin.Schedule => EventTypes.Absent,
        AttendanceOrigin.Camera => throw new ArgumentException("A camera's sighting has an event of its own.", nameof(origin)),
    };
}
