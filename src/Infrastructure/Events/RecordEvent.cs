using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>What a correction, or its undoing, makes of a student's record.</summary>
/// <param name="Counts">From now on.</param>
/// <param name="Replaces">The student's record that counts no more because of this one.</param>
/// <param name="Restores">The student's record that counts again in the place of this one.</param>
internal sealed record CorrectedRecord(
    CorrectionId Correction, bool Counts, bool Undone, RecordId? Replaces = null, RecordId? Restores = null);

/// <summary>The body of an event about an attendance record that no camera made. It names no position.</summary>
internal static class RecordEvent
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static NewEvent Of(AttendanceRecord record) =>
        new(Guid.CreateVersion7(), record.Student.Value, BodyOf(record, TypeOf(record.Origin), null), record.Id);

    /// <summary>What a correction makes of a record; the event of a record that counts no more stays the one that announced it.</summary>
    public static NewEvent Of(AttendanceRecord record, CorrectedRecord corrected) => new(
        Guid.CreateVersion7(), record.Student.Value, BodyOf(record, EventTypes.Corrected, corrected),
        corrected is { Counts: true, Undone: false } ? record.Id : null);

    private static string BodyOf(AttendanceRecord record, string type, CorrectedRecord? corrected)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event", type);
        json.WriteString("student_id", record.Student.Value);
        json.WriteNumber("ts", record.At.ToUnixTimeSeconds());
        json.WriteString("record_id", record.Id.Value);
        json.WriteString("status", Words.Of(record.Status));
        json.WriteString("origin", Words.Of(record.Origin));
        json.WriteBoolean("needs_review", record.NeedsReview);
        if (record.Session is { } session) json.WriteString("class_session_id", session.Value);
        if (corrected is not null) Write(json, corrected);
        else if (record.Evidence is Evidence.Manual { Replaced: { } replaced }) json.WriteString("replaces", replaced.Value);
        if (record.Evidence is Evidence.CheckIn { Site: { } site }) json.WriteString("site_id", site.Value);
        if (record.Evidence is Evidence.CheckIn { DeviceId: { } device }) json.WriteString("device_id", device);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, CorrectedRecord corrected)
    {
        json.WriteBoolean("counts", corrected.Counts);
        json.WriteBoolean("undone", corrected.Undone);
        json.WriteString("correction_id", corrected.Correction.Value);
        if (corrected.Replaces is { } replaced) json.WriteString("replaces", replaced.Value);
        if (corrected.Restores is { } restored) json.WriteString("restores", restored.Value);
    }

    public static string TypeOf(AttendanceOrigin origin) => origin switch
    {
        AttendanceOrigin.CheckIn => EventTypes.CheckedIn,
        AttendanceOrigin.Manual => EventTypes.Marked,
        AttendanceOrigin.Schedule => EventTypes.Absent,
        AttendanceOrigin.Camera => throw new ArgumentException("A camera's sighting has an event of its own.", nameof(origin)),
    };
}
