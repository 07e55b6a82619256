using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Serilog.Parsing;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// A log event as one line of JSON: when, how grave, who says it, the event's number, the request's id, the message and the values that
/// stand in it. What surrounds the event is left out: ASP.NET Core puts the request's whole path there.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    // l: texts without quotes.
    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);
    private static readonly JsonValueFormatter Values = new(typeTagName: null);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write("{\"time\":\"");
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        output.Write("\",\"level\":\"");
        output.Write(logEvent.Level.ToString());
        output.Write('"');
        if (logEvent.Properties.TryGetValue("SourceContext", out var source)) Write(output, "source", source);
        if (logEvent.Properties.TryGetValue("EventId", out var id) && id is StructureValue parts
            && parts.Properties.FirstOrDefault(p => p.Name == "Id") is { } number)
            Write(output, "event", number.Value);
        if (logEvent.TraceId is { } trace) Write(output, "request_id", trace.ToHexString());
        var message = new StringWriter();
        Message.Format(logEvent, message);
        Write(output, "message", message.ToString());
        foreach (var name in logEvent.MessageTemplate.Tokens.OfType<PropertyToken>().Select(t => t.PropertyName).Distinct())
        {
            if (logEvent.Properties.TryGetValue(name, out var value)) Write(output, name, value);
        }
        if (logEvent.Exception is { } exception) Write(output, "exception", exception.ToString());
        output.Write("}\n");
    }

    private static void Write(TextWriter output, string name, LogEventPropertyValue value)
    {
        WriteName(output, name);
        Values.Format(value, output);
    }

    private static void Write(TextWriter output, string name, string value)
    {
        WriteName(output, name);
        JsonValueFormatter.WriteQuotedJsonString(value, output);
    }

    private static void WriteName(TextWriter output, string name)
    {
        output.Write(',');
        JsonValueFormatter.WriteQuotedJsonString(name, output);
        output.Write(':');
    }
}
