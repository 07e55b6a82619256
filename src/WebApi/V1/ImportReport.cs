using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FaceAttendance.Application.Students;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.V1;

/// <summary>What became of one row.</summary>
/// <param name="FacesFound">There only with central or turned.</param>
/// <param name="Code">Why the row, or else its photo, was refused.</param>
internal sealed record ImportLine(
    int Line, string StudentId, ImportOutcome Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PhotoName,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PhotoOutcome? Photo,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? FacesFound,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Central,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Turned,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LookalikeAnswer? Lookalike,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message)
{
    public static ImportLine Of(ImportRowReport row) => new(
        row.Line, row.StudentId, row.Outcome, row.PhotoName, row.Photo,
        row.Face is { IsCentral: true } or { Turned: > 0 } ? row.Face.FacesFound : null, row.Face is { IsCentral: true } ? true : null,
        row.Face is { Turned: > 0 and var turned } ? turned : null, LookalikeAnswer.Of(row.Face?.Lookalike), row.Error?.Code,
        row.Error?.Message);
}

/// <summary>The last line of an import that came to its end.</summary>
internal sealed record ImportEnd(ImportSummary Summary);

internal sealed record ImportSummary(int Rows, int Created, int Updated, int Unchanged, int Refused, PhotoSummary Photos, bool DryRun);

internal sealed record PhotoSummary(int Enrolled, int AlreadyEnrolled, int Found, int Refused);

/// <summary>The last line of an import that broke off.</summary>
internal sealed record ImportBreak(ImportBreakReason Error);

internal sealed record ImportBreakReason(string Code, string Message);

/// <summary>
/// The report of an import as JSON lines, written while it runs: one object for each row, and a summary at last. A report without a summary
/// is of an import that was broken off.
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
        var options = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        using var json = new Utf8JsonWriter(response.BodyWriter, Relaxed);
        try
        {
            var flushedAt = Environment.TickCount64;
            await foreach (var row in rows.WithCancellation(ct))
            {
                WriteLine(response, json, options, LineOf(row));
                if (response.BodyWriter.UnflushedBytes < FlushBytes
                    && Environment.TickCount64 - flushedAt < FlushAfter.TotalMilliseconds) continue;
                await response.BodyWriter.FlushAsync(ct);
                flushedAt = Environment.TickCount64;
            }
            WriteLine(response, json, options, End());
        }
        catch (Exception e) when (response.HasStarted && ErrorMapping.Foreseen(e) is { } error)
        {
            WriteLine(response, json, options, new ImportBreak(new(error.Code, error.Message)));
        }
        await response.BodyWriter.FlushAsync(ct);
    }

    private static void WriteLine<T>(HttpResponse response, Utf8JsonWriter json, JsonSerializerOptions options, T line)
    {
        json.Reset();
        JsonSerializer.Serialize(json, line, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
        json.Flush();
        response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
        response.BodyWriter.Advance(1);
    }

    private ImportLine LineOf(ImportRowReport row)
    {
        _outcomes[row.Outcome]++;
        if (row.Photo is { } photo) _photos[photo]++;
        return ImportLine.Of(row);
    }

    private ImportEnd End() => new(new(
        _outcomes.Values.Sum(), _outcomes[ImportOutcome.Created], _outcomes[ImportOutcome.Updated], _outcomes[ImportOutcome.Unchanged],
        _outcomes[ImportOutcome.Refused],
        new(_photos[PhotoOutcome.Enrolled], _photos[PhotoOutcome.AlreadyEnrolled], _photos[PhotoOutcome.Found],
            _photos[PhotoOutcome.Refused]), dryRun));
}
