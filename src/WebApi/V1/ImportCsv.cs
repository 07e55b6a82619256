using System.Globalization;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.V1;

/// <summary>A roster as CSV.</summary>
internal sealed class ImportCsv
{
    /// <summary>8 MiB: a hundred thousand students with all that can be told of them in short.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    private const string StudentId = "student_id";
    private const string FullName = "full_name";
    private const string BirthDate = "birth_date";
    private const string ClassName = "class_name";
    private const string Address = "address";
    private const string Photo = "photo";

    private static readonly CsvShape Shape = new(
        [StudentId, FullName, BirthDate, ClassName, Address, Photo], [StudentId, FullName], NotUtf8, InvalidHeader, UnreadableRow);

    private readonly CsvTable _table;

    private ImportCsv(CsvTable table) => _table = table;

    /// <returns>Errors: <c>roster.wrong_encoding</c>, <c>roster.invalid_header</c>.</returns>
    public static Result<ImportCsv> Open(ReadOnlyMemory<byte> file) =>
        CsvTable.Open(file, Shape).Match<Result<ImportCsv>>(table => new ImportCsv(table), error => error);

    /// <summary>Every row below the header; blank lines are passed over.</summary>
    public IEnumerable<ImportRow> Rows() => _table.Rows().Select(row => new ImportRow(row.Line, row[StudentId] ?? "", Read(row)));

    private static Result<ImportedStudent> Read(CsvRow row)
    {
        if (row.Fault is { } fault) return fault;
        var id = row[StudentId];
        if (!Domain.Students.StudentId.IsValid(id))
            return Error.InvalidField(StudentId, $"{StudentId} has {Domain.Students.StudentId.Rule}.");
        DateOnly? birthDate = null;
        if (row[BirthDate] is { } given)
        {
            if (!DateOnly.TryParseExact(given, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                return Error.InvalidField(BirthDate, $"{BirthDate} must be a date written as YYYY-MM-DD, such as 2010-04-21.");
            }
            birthDate = date;
        }
        var profile = new StudentProfile(row[FullName] ?? "", birthDate, row[ClassName], row[Address]);
        return new ImportedStudent(new(id!), profile, row[Photo]);
    }

    private static Error NotUtf8 => new(
        "roster.wrong_encoding", "The roster is not UTF-8; save it as \"CSV UTF-8\".", ErrorKind.Invalid);

    private static Error InvalidHeader(string what) => new(
        "roster.invalid_header", $"The first line must name the columns, and {what}. {Shape.Rule}", ErrorKind.Invalid);

    private static Error UnreadableRow(string why) => new("roster.unreadable_row", why, ErrorKind.Rejected);
}
