using System.Globalization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.V1;

/// <summary>A timetable as CSV.</summary>
internal sealed class TimetableCsv
{
    /// <summary>8 MiB, as a roster.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    private const string Name = "name";
    private const string ClassName = "class_name";
    private const string Weekdays = "weekdays";
    private const string Starts = "starts";
    private const string Ends = "ends";
    private const string OpensBefore = "opens_before_minutes";
    private const string Grace = "grace_minutes";
    private const string Students = "students";
    private const string ValidFrom = "valid_from";
    private const string ValidUntil = "valid_until";

    private static readonly CsvShape Shape = new(
        [Name, Weekdays, Starts, Ends, ClassName, OpensBefore, Grace, Students, ValidFrom, ValidUntil], [Name, Weekdays, Starts, Ends],
        NotUtf8, InvalidHeader, UnreadableRow);

    private static readonly char[] Between = [' ', ',', ';', '/'];

    private readonly CsvTable _table;

    private TimetableCsv(CsvTable table) => _table = table;

    /// <returns>Errors: <c>timetable.wrong_encoding</c>, <c>timetable.invalid_header</c>.</returns>
    public static Result<TimetableCsv> Open(ReadOnlyMemory<byte> file) =>
        CsvTable.Open(file, Shape).Match<Result<TimetableCsv>>(table => new TimetableCsv(table), error => error);

    /// <param name="today">From when lessons are valid that do not say.</param>
    public IEnumerable<LessonRow> Rows(DateOnly today) =>
        _table.Rows().Select(row => new LessonRow(row.Line, row[Name] ?? "", Read(row, today)));

    private static Result<Lesson> Read(CsvRow row, DateOnly today)
    {
        if (row.Fault is { } fault) return fault;
        var weekdays = new List<DayOfWeek>();
        foreach (var word in Parts(row[Weekdays]))
        {
            // Monday, monday and Mon alike.
            var meant = Enum.GetValues<DayOfWeek>()
                .Where(d => word.Length >= 2 && Words.Of(d).StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (meant.Length != 1) return Error.InvalidField(Weekdays, $"{Weekdays} must be days such as \"mon wed\", between blanks.");
            weekdays.Add(meant[0]);
        }
        var students = Parts(row[Students]);
        if (students.Any(s => !StudentId.IsValid(s)))
            return Error.InvalidField(Students, $"{Students} must be ids between blanks; a student id has {StudentId.Rule}.");

        if (JsonFields.ParseTime(row[Starts] ?? "") is not { } starts) return NoTime(Starts);
        if (JsonFields.ParseTime(row[Ends] ?? "") is not { } ends) return NoTime(Ends);
        if (Minutes(row[OpensBefore]) is var opens && opens is null && row[OpensBefore] is not null) return NoMinutes(OpensBefore);
        if (Minutes(row[Grace]) is var grace && grace is null && row[Grace] is not null) return NoMinutes(Grace);
        if (Day(row[ValidFrom]) is var from && from is null && row[ValidFrom] is not null) return NoDay(ValidFrom);
        if (Day(row[ValidUntil]) is var until && until is null && row[ValidUntil] is not null) return NoDay(ValidUntil);
        return LessonBody.Make(
            LessonId.New(), row[Name] ?? "", row[ClassName], weekdays, starts, ends, opens, grace,
            [.. students.Select(s => new StudentId(s))], from ?? today, until);
    }

    private static string[] Parts(string? text) =>
        (text ?? "").Split(Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static double? Minutes(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) ? minutes : null;

    private static DateOnly? Day(string? text) => text is null ? null : RequestFields.ParseDay(text);

    private static Error NoTime(string field) => Error.InvalidField(field, $"{field} must be a time of day such as 07:00.");

    private static Error NoMinutes(string field) => Error.InvalidField(field, $"{field} must be a number of minutes, such as 10.");

    private static Error NoDay(string field) =>
        Error.InvalidField(field, $"{field} must be a date written as YYYY-MM-DD, such as 2026-01-05.");

    private static Error NotUtf8 => new(
        "timetable.wrong_encoding", "The timetable is not UTF-8; save it as \"CSV UTF-8\".", ErrorKind.Invalid);

    private static Error InvalidHeader(string what) => new(
        "timetable.invalid_header", $"The first line must name the columns, and {what}. {Shape.Rule}", ErrorKind.Invalid);

    private static Error UnreadableRow(string why) => new("timetable.unreadable_row", why, ErrorKind.Rejected);
}
