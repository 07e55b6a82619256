using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using CsvHelper.Configuration;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.V1;

/// <summary>
/// A roster as CSV (RFC 4180): UTF-8 with or without a byte order mark, separated by commas, semicolons (which Excel writes where the comma
/// is the decimal sign) or tabs, as its header shows. Rows are read one after another.
/// </summary>
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

    private static readonly string[] Columns = [StudentId, FullName, BirthDate, ClassName, Address, Photo];

    private static readonly char[] Separators = [',', ';', '\t'];

    // Longer than any field may be; a quote that is never closed would otherwise swallow the rest of the file.
    private const int MaxFieldLength = 4096;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly char _separator;
    private readonly int _linesBefore;
    private readonly Dictionary<string, int> _columns;
    private readonly int _width;

    private ImportCsv(ReadOnlyMemory<byte> file, char separator, int linesBefore, Dictionary<string, int> columns, int width) =>
        (_file, _separator, _linesBefore, _columns, _width) = (file, separator, linesBefore, columns, width);

    /// <returns>Errors: <c>roster.wrong_encoding</c>, <c>roster.invalid_header</c>.</returns>
    public static Result<ImportCsv> Open(ReadOnlyMemory<byte> file)
    {
        if (!Utf8.IsValid(file.Span)) return NotUtf8;
        var told = ToldSeparator(file.Span, out var headerAt);
        file = file[headerAt..];
        var separator = told ?? SeparatorOf(file.Span);
        using var csv = new Reading(file, separator);
        if (!csv.Next() || csv.Fault) return InvalidHeader("it cannot be read");

        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        // A spreadsheet writes columns that were used once and are empty now.
        var width = csv.Count;
        while (width > 0 && string.IsNullOrWhiteSpace(csv[width - 1])) width--;
        for (var i = 0; i < width; i++)
        {
            var name = NameOf(csv[i]);
            // The name itself is not repeated: without a header it would be a student's.
            if (!Columns.Contains(name)) return InvalidHeader($"column {i + 1} has a name that is not known");
            if (!columns.TryAdd(name, i)) return InvalidHeader($"{name} stands there twice");
        }
        foreach (var needed in new[] { StudentId, FullName })
        {
            if (!columns.ContainsKey(needed)) return InvalidHeader($"{needed} is missing");
        }
        return new ImportCsv(file, separator, told is null ? 0 : 1, columns, width);
    }

    /// <summary>Every row below the header; blank lines are passed over.</summary>
    public IEnumerable<ImportRow> Rows()
    {
        using var csv = new Reading(_file, _separator);
        csv.Next();
        while (csv.Next()) yield return new(csv.Line + _linesBefore, csv.Fault ? "" : Text(csv, StudentId) ?? "", Read(csv));
    }

    private Result<ImportedStudent> Read(Reading csv)
    {
        if (csv.Fault) return UnreadableRow;
        var found = csv.Count;
        while (found > _width && string.IsNullOrWhiteSpace(csv[found - 1])) found--;
        if (found != _width) return WrongFieldCount(found, _width);
        foreach (var (name, index) in _columns)
        {
            if (csv[index].Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
                return Error.InvalidField(name, $"{name} must not hold control characters.");
        }

        var id = Text(csv, StudentId);
        if (!Domain.Students.StudentId.IsValid(id))
            return Error.InvalidField(StudentId, $"{StudentId} has {Domain.Students.StudentId.Rule}.");
        DateOnly? birthDate = null;
        if (Text(csv, BirthDate) is { } given)
        {
            if (!DateOnly.TryParseExact(given, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                return Error.InvalidField(BirthDate, $"{BirthDate} must be a date written as YYYY-MM-DD, such as 2010-04-21.");
            }
            birthDate = date;
        }
        var profile = new StudentProfile(Text(csv, FullName) ?? "", birthDate, Text(csv, ClassName), Text(csv, Address));
        return new ImportedStudent(new(id!), profile, Text(csv, Photo));
    }

    /// <returns>Null when the column is absent or its field blank.</returns>
    private string? Text(Reading csv, string column) =>
        _columns.TryGetValue(column, out var i) && i < csv.Count && csv[i].Trim() is { Length: > 0 } text ? text : null;

    private static string NameOf(string header) => header.Trim().Replace(' ', '_').Replace('-', '_').ToLowerInvariant();

    /// <summary>The separator that a first line <c>sep=;</c> names, which Excel writes and reads.</summary>
    /// <param name="headerAt">Where what follows begins.</param>
    private static char? ToldSeparator(ReadOnlySpan<byte> file, out int headerAt)
    {
        headerAt = 0;
        var mark = file.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var rest = file[mark..];
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        var line = Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]).Trim(' ', '"');
        // Opened and saved again, the line has its separator once for each column.
        if (line.Length < 5 || !line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) || !Separators.Contains(line[4])) return null;
        if (line.AsSpan(5).ContainsAnyExcept(line[4], '"', ' ')) return null;
        if (end < 0) headerAt = file.Length;
        else headerAt = mark + end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1);
        return line[4];
    }

    /// <summary>Whichever stands most often in the first line.</summary>
    private static char SeparatorOf(ReadOnlySpan<byte> file)
    {
        var end = file.IndexOfAny((byte)'\r', (byte)'\n');
        var header = end < 0 ? file : file[..end];
        var best = Separators[0];
        foreach (var separator in Separators)
        {
            if (header.Count((byte)separator) > header.Count((byte)best)) best = separator;
        }
        return best;
    }

    private static Error NotUtf8 { get; } = new(
        "roster.wrong_encoding", "The roster is not UTF-8; save it as \"CSV UTF-8\".", ErrorKind.Invalid);

    private static Error InvalidHeader(string what) => new(
        "roster.invalid_header",
        $"The first line must name the columns, and {what}. Needed: {StudentId}, {FullName}. Possible " +
        $"besides: {string.Join(", ", Columns[2..])}.", ErrorKind.Invalid);

    private static Error UnreadableRow { get; } = new(
        "roster.unreadable_row",
        "A quote is not closed or stands where none may; a field that holds quotes is quoted itself, with each quote doubled.",
        ErrorKind.Rejected);

    private static Error WrongFieldCount(int found, int wanted) => new(
        "roster.unreadable_row", $"The row has {found} fields and the header {wanted}; quote fields that hold the separator.",
        ErrorKind.Rejected);

    /// <summary>The parser, with its complaints as values.</summary>
    private sealed class Reading : IDisposable
    {
        private readonly StreamReader _text;
        private readonly CsvParser _parser;
        private bool _isBroken;

        public Reading(ReadOnlyMemory<byte> file, char separator)
        {
            if (!MemoryMarshal.TryGetArray(file, out var bytes)) throw new ArgumentException("An upload lies in an array.", nameof(file));
            _text = new StreamReader(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false), Encoding.UTF8);
            _parser = new CsvParser(_text, new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = separator.ToString(),
                MaxFieldSize = MaxFieldLength,
                BadDataFound = _ => Fault = true,
            });
        }

        /// <summary>Where the row begins.</summary>
        public int Line { get; private set; }

        public int Count => _parser.Count;

        public bool Fault { get; private set; }

        public string this[int index] => _parser[index];

        /// <summary>Goes on to the next row that is not blank.</summary>
        /// <returns>False at the end, and after a row that cannot be read to its own end.</returns>
        public bool Next()
        {
            while (!_isBroken)
            {
                Fault = false;
                Line = _parser.RawRow + 1;
                try
                {
                    if (!_parser.Read()) return false;
                    // Fields are examined as they are asked for. Blank lines before the row count too, so where it begins is told from its
                    // end.
                    var (isBlank, breaks) = (true, 0);
                    for (var i = 0; i < Count; i++)
                    {
                        isBlank &= string.IsNullOrWhiteSpace(this[i]);
                        breaks += this[i].Count(c => c == '\n');
                    }
                    Line = _parser.RawRow - breaks;
                    if (isBlank && !Fault) continue;
                }
                catch (MaxFieldSizeException)
                {
                    _isBroken = Fault = true;
                }
                return true;
            }
            return false;
        }

        public void Dispose()
        {
            _parser.Dispose();
            _text.Dispose();
        }
    }
}
