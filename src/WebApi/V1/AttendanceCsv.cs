using System.Buffers;
using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.WebApi.V1;

/// <summary>
/// Attendance as CSV (RFC 4180, UTF-8), written while it is read. An export that fails on the way breaks the connection, so that nobody
/// takes a part for the whole.
/// </summary>
/// <param name="withMark">Begin with a byte order mark, without which Excel reads names in another encoding.</param>
internal sealed class AttendanceCsv(IAsyncEnumerable<AttendanceLine> lines, SchoolCalendar calendar, bool withMark) : IResult
{
    public const string ContentType = "text/csv";

    public static readonly string[] Columns =
    [
        "date", "time", "at", "student_id", "full_name", "class_name", "status", "origin", "needs_review", "class_session",
        "class_session_id", "record_id",
    ];

    private static readonly SearchValues<char> Quoted = SearchValues.Create(",;\t\r\n\"");

    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture)
    {
        NewLine = "\r\n",
        // The library's own rule leaves a lone carriage return bare. Semicolons and tabs are where other spreadsheets split.
        ShouldQuote = args => args.Field.AsSpan().ContainsAny(Quoted),
    };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, ct) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = "text/csv; charset=utf-8; header=present";
        response.Headers.ContentDisposition = "attachment; filename=\"attendance.csv\"";
        await using var text = new StreamWriter(response.Body, new UTF8Encoding(withMark), bufferSize: 16 * 1024, leaveOpen: true);
        await using var csv = new CsvWriter(text, Format, leaveOpen: true);
        foreach (var column in Columns) csv.WriteField(column);
        await csv.NextRecordAsync();
        await foreach (var line in lines.WithCancellation(ct))
        {
            Write(csv, line);
            await csv.NextRecordAsync();
        }
    }

    private void Write(CsvWriter csv, AttendanceLine line)
    {
        var (record, local) = (line.Record, calendar.LocalOf(line.Record.At));
        csv.WriteField(local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        csv.WriteField(local.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        csv.WriteField(local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture));
        csv.WriteField(SpreadsheetText.Defuse(record.Student.Value));
        csv.WriteField(SpreadsheetText.Defuse(line.FullName ?? ""));
        csv.WriteField(SpreadsheetText.Defuse(line.ClassName ?? ""));
        csv.WriteField(Words.Of(record.Status));
        csv.WriteField(Words.Of(record.Origin));
        csv.WriteField(record.NeedsReview ? "true" : "false");
        csv.WriteField(SpreadsheetText.Defuse(line.SessionName ?? ""));
        csv.WriteField(record.Session?.Value.ToString() ?? "");
        csv.WriteField(record.Id.Value.ToString());
    }
}
