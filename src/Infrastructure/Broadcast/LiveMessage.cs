using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>A live event as every listener receives it.</summary>
/// <param name="Type">The <c>type</c> that stands in the JSON too.</param>
/// <param name="Json">UTF-8, one object, serialised once for all listeners; never changes.</param>
/// <param name="Record">The attendance record that it is about, for the hub's listeners; null where there is none.</param>
public sealed record LiveMessage(SchoolId School, string Type, ReadOnlyMemory<byte> Json, RecordId? Record = null)
{
    public const string RecognizedType = "recognized";
    public const string EnrolledType = "student.enrolled";

    /// <summary>What types of changed notices begin with.</summary>
    public const string NoticePrefix = "notice.";

    /// <summary>The object with the record's id as its last member.</summary>
    public ReadOnlyMemory<byte> JsonWithRecord => Record is not { } record ? Json
        : (byte[])[.. Json.Span[..^1], .. Encoding.UTF8.GetBytes($",\"record_id\":\"{record.Value}\"}}")];

    // Receivers' answers are often JSON themselves: with the relaxed encoder their quotes cost two bytes, not six. Nothing here becomes
    // HTML.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override string ToString() => $"LiveMessage({Type}, {Json.Length} bytes)";

    internal static LiveMessage Of(LiveEvent happened)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Relaxed);
        writer.WriteStartObject();
        var (type, record) = happened switch
        {
            Recognized recognized => (Write(writer, recognized), recognized.Record),
            StudentEnrolled enrolled => (Write(writer, enrolled), null),
            AttendanceChanged changed => (Write(writer, changed), changed.Record),
            NoticeChanged changed => (Write(writer, changed), null),
            _ => throw new ArgumentException($"{happened.GetType().Name} has no JSON.", nameof(happened)),
        };
        writer.WriteEndObject();
        writer.Flush();
        return new LiveMessage(happened.School, type, buffer.WrittenMemory, record);
    }

    private static string Write(Utf8JsonWriter writer, Recognized recognized)
    {
        writer.WriteString("type", RecognizedType);
        writer.WriteString("student_id", recognized.Label);
        writer.WriteNumber("distance", recognized.Distance);
        writer.WriteNumber("ts", recognized.At.ToUnixTimeSeconds());
        writer.WritePropertyName("dispatch");
        DispatchReportJsonConverter.Write(writer, recognized.Dispatch);
        return RecognizedType;
    }

    private static string Write(Utf8JsonWriter writer, AttendanceChanged changed)
    {
        writer.WriteString("type", changed.Type);
        return changed.Type;
    }

    private static string Write(Utf8JsonWriter writer, StudentEnrolled enrolled)
    {
        writer.WriteString("type", EnrolledType);
        writer.WriteString("student_id", enrolled.Student.Value);
        writer.WriteNumber("saved", enrolled.Saved);
        return EnrolledType;
    }

    private static string Write(Utf8JsonWriter writer, NoticeChanged changed)
    {
        var type = NoticePrefix + Words.Of(changed.Change);
        writer.WriteString("type", type);
        writer.WriteString("notice_id", changed.Notice.Value);
        writer.WriteString("kind", Words.Of(changed.Kind));
        return type;
    }
}
