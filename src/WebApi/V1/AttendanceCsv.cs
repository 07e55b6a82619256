using System.Globalization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.WebApi.V1;

/// <summary>Attendance as CSV.</summary>
/// <param name="withMark">Begin with a byte order mark, without which Excel reads names in another encoding.</param>
internal sealed class AttendanceCsv(IAsyncEnumerable<AttendanceLine> lines, SchoolCalendar calendar, bool withMark) : IResult
{
    public static readonly string[] Columns =
    [
        "date", "time", "at", "student_id", "full_name", "class_name", "status", "origin", "needs_review", "class_session",
        "class_session_id", "record_id",
    ];

    public Task ExecuteAsync(HttpContext httpContext) => CsvAnswer.WriteAsync(
        httpContext, "attendance.csv", withMark, Columns, lines.Select(FieldsOf), httpContext.RequestAborted);

    private IEnumerable<string> FieldsOf(AttendanceLine line)
    {
        var (record, local) = (line.Record, calendar.LocalOf(line.Record.At));
        return
        [
            local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), local.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
            SpreadsheetText.Defuse(record.Student.Value), SpreadsheetText.Defuse(line.FullName ?? ""),
            SpreadsheetText.Defuse(line.ClassName ?? ""), Words.Of(record.Status), Words.Of(record.Origin),
            record.NeedsReview ? "true" : "false", SpreadsheetText.Defuse(line.SessionName ?? ""),
            record.Session?.Value.ToString() ?? "", record.Id.Value.ToString(),
        ];
    }
}
