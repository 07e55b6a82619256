using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Notices;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>The body of an event about a notice. It names no student: what a receiver keeps of it, no erasure reaches.</summary>
internal static class NoticeEvent
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static NewEvent Of(string type, NoticeId notice, NoticeKind kind, string subject, DateTimeOffset at)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event", type);
        json.WriteString("notice_id", notice.Value);
        json.WriteString("kind", Words.Of(kind));
        if (subject.Length > 0) json.WriteString("subject", subject);
        json.WriteNumber("ts", at.ToUnixTimeSeconds());
        json.WriteEndObject();
        json.Flush();
        return new(Guid.CreateVersion7(), null, Encoding.UTF8.GetString(buffer.WrittenSpan), null);
    }
}
