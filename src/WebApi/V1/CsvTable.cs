using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using CsvHelper.Configuration;
using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.V1;

/// <summary>What a CSV file has to hold, and how its faults are called.</summary>
/// <param name="Needed">Of the columns, those that may not be missing.</param>
/// <param name="InvalidHeader">Of what is wrong with it.</param>
/// <param name="UnreadableRow">Of why.</param>
internal sealed record CsvShape(
    IReadOnlyList<string> Columns, IReadOnlyList<string> Needed, Error NotUtf8, Func<string, Error> InvalidHeader,
    Func<string, Error> UnreadableRow)
{
    /// <summary>What a header should be.</summary>
    public string Rule => $"Needed: {string.Join(", ", Needed)}. Possible besides: {string.Join(", ", Columns.Except(Needed))}.";
}

/// <summary>
/// A table as CSV (RFC 4180): UTF-8 with or without a byte order mark, separated by commas, semicolons (which Excel writes where the comma
/// is the decimal sign) or tabs, as its header shows. Rows are read one after another.
/// </summary>
internal sealed class CsvTable
{
    private static readonly char[] Separators = [',', ';', '\t'];

    // Longer than any field may be; a quote that is never closed would otherwise swallow the rest of the file.
    private const int MaxFieldLength = 4096;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly CsvShape _shape;
    private readonly char _separator;
    private readonly int _linesBefore;
    private readonly Dictionary<string, int> _columns;
    private readonly int _width;

    private CsvTable(
        ReadOnlyMemory<byte> file, CsvShape shape, char separator, int linesBefore, Dictionary<string, int> columns, int width) =>
        (_file, _shape, _separator, _linesBefore, _columns, _width) = (file, shape, separator, linesBefore, columns, width);

    /// <returns>Fails with the shape's <see cref="CsvShape.NotUtf8"/> and <see cref="CsvShape.InvalidHeader"/>.</returns>
    public static Result<CsvTable> Open(ReadOnlyMemory<byte> file, CsvShape shape)
    {
        if (!Utf8.IsValid(file.Span)) return shape.NotUtf8;
        var told = ToldSeparator(file.Span, out var headerAt);
        file = file[headerAt..];
        var separator = told ?? SeparatorOf(file.Span);
        using var csv = new Reading(file, separator);
        if (!csv.Next() || csv.Fault) return shape.InvalidHeader("it cannot be read");

        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        // A spreadsheet writes columns that were used once and are empty now.
        var width = csv.Count;
        while (width > 0 && string.IsNullOrWhiteSpace(csv[width - 1])) width--;
        for (var i = 0; i < width; i++)
        {
            var name = NameOf(csv[i]);
            // The name itself is not repeated: without a header it would be a student's.
            if (!shape.Columns.Contains(name)) return shape.InvalidHeader($"column {i + 1} has a name that is not known");
            if (!columns.TryAdd(name, i)) return shape.InvalidHeader($"{name} stands there twice");
        }
        foreach (var needed in shape.Needed)
        {
            if (!columns.ContainsKey(needed)) return shape.InvalidHeader($"{needed} is missing");
        }
        return new CsvTable(file, shape, separator, told is null ? 0 : 1, columns, width);
    }

    /// <summary>Every row below the header; blank lines are passed over.</summary>
    public IEnumerable<CsvRow> Rows()
    {
        using var csv = new Reading(_file, _separator);
        csv.Next();
        while (csv.Next())
        {
            var texts = csv.Fault ? [] : _columns.ToDictionary(c => c.Key, c => c.Value < csv.Count ? csv[c.Value].Trim() : "");
            yield return new(csv.Line + _linesBefore, texts, FaultOf(csv));
        }
    }

    private Error? FaultOf(Reading csv)
    {
        if (csv.Fault)
        {
            return _shape.UnreadableRow(
                "A quote is not closed or stands where none may; a field that holds quotes is quoted itself, with each quote doubled.");
        }
        var found = csv.Count;
        while (found > _width && string.IsNullOrWhiteSpace(csv[found - 1])) found--;
        if (found != _width)
        {
            return _shape.UnreadableRow(
                $"The row has {found} fields and the header {_width}; quote fields that hold the separator.");
        }
        foreach (var (name, index) in _columns)
        {
            if (csv[index].Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
                return Error.InvalidField(name, $"{name} must not hold control characters.");
        }
        return null;
    }

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

/// <param name="Line">Where it begins in the file, counted from 1 with the header.</param>
/// <param name="Fault">Why it cannot be understood; what could be read of it is there all the same.</param>
internal sealed record CsvRow(int Line, IReadOnlyDictionary<string, string> Texts, Error? Fault)
{
    /// <returns>Null when the column is absent or its field blank.</returns>
    public string? this[string column] => Texts.GetValueOrDefault(column) is { Length: > 0 } text ? text : null;

    public override string ToString() => $"CsvRow({Line})";
}
