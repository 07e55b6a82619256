using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Students;
using FaceAttendance.WebApi.Errors;

namespace FaceAttendance.WebApi.V1;

/// <summary>
/// The report of an import as JSON lines, written while it runs: one object for each row, and a summary at last. A report without a summary is of an
/// import that was broken off.
/// </summary>
internal sealed class ImportReport(IAsyncEnumerable<ImportRowReport> rows, bool dryRun) : IResult
{
    public const string ContentType = "application/x-ndjson";

    // One network packet or so; with photos a line takes its time, and whoever waits should see it.
    private const int FlushBytes = 16 * 1024;
    private static readonly TimeSpan FlushAfter = TimeSpan.FromSeconds(1);

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<ImportOutcome, int> _outcomes = Enum.GetValues<ImportOutcome>().ToDictionary(o => o, _ => 0);
    private readonly Dictionary<PhotoOutcome, int> _photos = Enum.GetValues<PhotoOutcome>().ToDictionary(o => o, _ => 0);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, ct) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = ContentType;
        using var json = new Utf8JsonWriter(response.BodyWriter, Relaxed);
        try
        {
            var flushedAt = Environment.TickCount64;
            await foreach (var row in rows.WithCancellation(ct))
            {
                WriteLine(response, json, () => Write(json, row));
                if (response.BodyWriter.UnflushedBytes < FlushBytes && Environment.TickCount64 - flushedAt < FlushAfter.TotalMilliseconds) continue;
                await response.BodyWriter.FlushAsync(ct);
                flushedAt = Environment.TickCount64;
            }
            WriteLine(response, json, () => WriteSummary(json));
        }
        catch (Exception e) when (response.HasStarted && ErrorMapping.Foreseen(e) is { } error)
        {
            WriteLine(response, json, () =>
            {
                json.WriteStartObject("error");
                json.WriteString("code", error.Code);
                json.WriteString("message", error.Message);
                json.WriteEndObject();
            });
        }
        await response.BodyWriter.FlushAsync(ct);
    }

    private static void WriteLine(HttpResponse response, Utf8JsonWriter json, Action write)
    {
        json.Reset();
        json.WriteStartObject();
        write();
        json.WriteEndObject();
        json.Flush();
        response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
        response.BodyWriter.Advance(1);
    }

    private void Write(Utf8JsonWriter json, ImportRowReport row)
    {
        _outcomes[row.Outcome]++;
        json.WriteNumber("line", row.Line);
        json.WriteString("student_id", row.StudentId);
        json.WriteString("outcome", Word(row.Outcome));
        if (row.PhotoName is { } name) json.WriteString("photo_name", name);
        if (row.Photo is { } photo)
        {
            _photos[photo]++;
            json.WriteString("photo", Word(photo));
        }
        if (row.Face is { IsCentral: true } or { Turned: > 0 }) json.WriteNumber("faces_found", row.Face.FacesFound);
        if (row.Face is { IsCentral: true }) json.WriteBoolean("central", true);
        if (row.Face is { Turned: > 0 and var turned }) json.WriteNumber("turned", turned);
        if (row.Face?.Lookalike is { } lookalike)
        {
            json.WriteStartObject("lookalike");
            json.WriteString("student_id", lookalike.Student.Value);
            json.WriteNumber("similarity", Math.Round(lookalike.Similarity, 4));
            json.WriteEndObject();
        }
        if (row.Error is not { } error) return;
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
    }

    private void WriteSummary(Utf8JsonWriter json)
    {
        json.WriteStartObject("summary");
        json.WriteNumber("rows", _outcomes.Values.Sum());
        foreach (var (outcome, count) in _outcomes) json.WriteNumber(Word(outcome), count);
        json.WriteStartObject("photos");
        foreach (var (outcome, count) in _photos) json.WriteNumber(Word(outcome), count);
        json.WriteEndObject();
        json.WriteBoolean("dry_run", dryRun);
        json.WriteEndObject();
    }

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
