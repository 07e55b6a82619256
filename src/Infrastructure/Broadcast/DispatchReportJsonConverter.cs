using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>
/// The one shape of a dispatch report, in HTTP answers and in live messages:
/// <c>{"status":"sent","http_status":200,"message":"…"}</c>; a failure that is tried again adds <c>"will_retry":true</c>; a skipped one has
/// no
/// <c>http_status</c> and says why under both <c>message</c> and <c>reason</c>.
/// </summary>
public sealed class DispatchReportJsonConverter : JsonConverter<DispatchReport>
{
    public override DispatchReport Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Dispatch reports are written, never read.");

    public override void Write(Utf8JsonWriter writer, DispatchReport value, JsonSerializerOptions options) => Write(writer, value);

    public static void Write(Utf8JsonWriter writer, DispatchReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("status", Words.Of(report.Status));
        if (report.Status != DispatchStatus.Skipped)
        {
            if (report.HttpStatus is { } code) writer.WriteNumber("http_status", code);
            else writer.WriteNull("http_status");
        }
        writer.WriteString("message", report.Message);
        if (report.Status == DispatchStatus.Skipped) writer.WriteString("reason", report.Message);
        if (report.WillRetry) writer.WriteBoolean("will_retry", true);
        writer.WriteEndObject();
    }
}
