using System.Buffers;
using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace FaceAttendance.WebApi.V1;

/// <summary>
/// Tables as CSV (RFC 4180, UTF-8), written while they are read. One that fails on the way breaks the connection, so that nobody takes a
/// part for the whole.
/// </summary>
internal static class CsvAnswer
{
    public const string ContentType = "text/csv";

    private static readonly SearchValues<char> Quoted = SearchValues.Create(",;\t\r\n\"");

    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture)
    {
        NewLine = "\r\n",
        // The library's own rule leaves a lone carriage return bare. Semicolons and tabs are where other spreadsheets split.
        ShouldQuote = args => args.Field.AsSpan().ContainsAny(Quoted),
    };

    /// <param name="withMark">Begin with a byte order mark, without which Excel reads names in another encoding.</param>
    /// <param name="rows">Texts as <see cref="SpreadsheetText.Defuse"/> leaves them.</param>
    public static async Task WriteAsync(
        HttpContext http, string fileName, bool withMark, IEnumerable<string> columns, IAsyncEnumerable<IEnumerable<string>> rows,
        CancellationToken ct)
    {
        http.Response.ContentType = "text/csv; charset=utf-8; header=present";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(withMark), bufferSize: 16 * 1024, leaveOpen: true);
        await using var csv = new CsvWriter(text, Format, leaveOpen: true);
        foreach (var column in columns) csv.WriteField(column);
        await csv.NextRecordAsync();
        await foreach (var row in rows.WithCancellation(ct))
        {
            foreach (var field in row) csv.WriteField(field);
            await csv.NextRecordAsync();
        }
    }
}
