using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.V1;

/// <summary>An answer as JSON lines: one object a line, sent as it comes.</summary>
internal sealed class JsonLines : IDisposable
{
    public const string ContentType = "application/x-ndjson";

    // One network packet or so; with photos a line takes its time, and whoever waits should see it.
    private const int FlushBytes = 16 * 1024;
    private static readonly TimeSpan FlushAfter = TimeSpan.FromSeconds(1);

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpResponse _response;
    private readonly JsonSerializerOptions _options;
    private readonly Utf8JsonWriter _json;
    private long _flushedAt = Environment.TickCount64;

    public JsonLines(HttpContext http)
    {
        _response = http.Response;
        _response.ContentType = ContentType;
        _options = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        _json = new Utf8JsonWriter(_response.BodyWriter, Relaxed);
    }

    public void Write<T>(T line)
    {
        _json.Reset();
        JsonSerializer.Serialize(_json, line, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)));
        _json.Flush();
        _response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
        _response.BodyWriter.Advance(1);
    }

    /// <summary>Sends what there is when it is worth a packet, or has waited long enough.</summary>
    public async ValueTask FlushAtTimesAsync(CancellationToken ct)
    {
        if (_response.BodyWriter.UnflushedBytes < FlushBytes && Environment.TickCount64 - _flushedAt < FlushAfter.TotalMilliseconds) return;
        await FlushAsync(ct);
        _flushedAt = Environment.TickCount64;
    }

    public async ValueTask FlushAsync(CancellationToken ct) => await _response.BodyWriter.FlushAsync(ct);

    public void Dispose() => _json.Dispose();
}
