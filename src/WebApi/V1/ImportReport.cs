using System.Text.Json.Serialization;
using FaceAttendance.Application.Students;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;

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
    private readonly Dictionary<ImportOutcome, int> _outcomes = Enum.GetValues<ImportOutcome>().ToDictionary(o => o, _ => 0);
    private readonly Dictionary<PhotoOutcome, int> _photos = Enum.GetValues<PhotoOutcome>().ToDictionary(o => o, _ => 0);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var ct = httpContext.RequestAborted;
        using var lines = new JsonLines(httpContext);
        try
        {
            await foreach (var row in rows.WithCancellation(ct))
            {
                lines.Write(LineOf(row));
                await lines.FlushAtTimesAsync(ct);
            }
            lines.Write(End());
        }
        catch (Exception e) when (httpContext.Response.HasStarted && ErrorMapping.Foreseen(e) is { } error)
        {
            lines.Write(new ImportBreak(new(error.Code, error.Message)));
        }
        await lines.FlushAsync(ct);
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
