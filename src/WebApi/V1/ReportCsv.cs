using System.Globalization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;

namespace FaceAttendance.WebApi.V1;

/// <summary>A report as CSV.</summary>
internal sealed class ReportCsv(AttendanceReport report, ReportQuery query, bool withMark) : IResult
{
    private static readonly AttendanceStatus[] Statuses = Enum.GetValues<AttendanceStatus>();

    public static IReadOnlyList<string> ColumnsOf(ReportGroup group) =>
    [
        .. group switch
        {
            ReportGroup.Student => (string[])["student_id", "full_name", "class_name"], ReportGroup.Class => ["class_name"],
            ReportGroup.Day => ["date"],
        },
        .. Statuses.Select(Words.Of), "needs_review", "minutes_late", "rate",
    ];

    public Task ExecuteAsync(HttpContext httpContext) => CsvAnswer.WriteAsync(
        httpContext, "attendance-report.csv", withMark, ColumnsOf(query.Group), Fields(), httpContext.RequestAborted);

    private async IAsyncEnumerable<IEnumerable<string>> Fields()
    {
        foreach (var row in report.Rows) yield return FieldsOf(row);
        await Task.CompletedTask;
    }

    private IEnumerable<string> FieldsOf(ReportRow row)
    {
        string[] keys = query.Group switch
        {
            ReportGroup.Student => [row.Student!.Value.Value, row.FullName ?? "", row.ClassName ?? ""],
            ReportGroup.Class => [row.ClassName ?? ""],
            ReportGroup.Day => [row.Day!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)],
        };
        return
        [
            .. keys.Select(SpreadsheetText.Defuse),
            .. Statuses.Select(s => row.Counts.Of(s).ToString(CultureInfo.InvariantCulture)),
            row.Counts.NeedsReview.ToString(CultureInfo.InvariantCulture), row.Counts.MinutesLate.ToString(CultureInfo.InvariantCulture),
            row.Counts.Rate?.ToString("0.####", CultureInfo.InvariantCulture) ?? "",
        ];
    }
}
