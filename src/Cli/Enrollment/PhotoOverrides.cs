using System.CommandLine;
using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>One row of a list of overrides: a photo that is to be enrolled although it will be refused, and why.</summary>
/// <param name="line">In the list, for reports.</param>
/// <param name="file">As the student's photo is named; null for every photo of the student.</param>
/// <param name="refusal">What it sets aside: <c>duplicate_person</c> or <c>another_person</c>.</param>
internal sealed class PhotoOverride(int line, StudentId student, string? file, string refusal, string reason)
{
    private volatile bool _isNeeded;

    public int Line { get; } = line;

    public StudentId Student { get; } = student;

    public string? File { get; } = file;

    public string Refusal { get; } = refusal;

    public string Reason { get; } = reason;

    /// <summary>Whether a photo would have been refused without it.</summary>
    public bool IsNeeded => _isNeeded;

    public void Need() => _isNeeded = true;

    /// <param name="photo">The photo's path; its last part alone is enough.</param>
    public bool IsFor(StudentId student, string photo) =>
        student == Student && (File is null || photo.Equals(File, StringComparison.OrdinalIgnoreCase)
            || photo.EndsWith("/" + File, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The photos that somebody has looked at and wants enrolled all the same, from a CSV file. Thread-safe.</summary>
internal sealed class PhotoOverrides
{
    private const string StudentIdColumn = "student_id", FileColumn = "file", OverrideColumn = "override", ReasonColumn = "reason";

    // The server's limit; the audit log keeps the reason.
    private const int MostReason = 500;

    // More faults than that are one fault made many times.
    private const int MostFaults = 20;

    private static readonly string[] Columns = [StudentIdColumn, FileColumn, OverrideColumn, ReasonColumn];

    private readonly List<PhotoOverride> _rows;

    private PhotoOverrides(List<PhotoOverride> rows) => _rows = rows;

    public static Option<string> Option { get; } = Symbols.Text(
        "--overrides", "file", "a CSV file of photos to enrol although they are refused as another's face; see below");

    /// <summary>What the help of a command that takes them adds.</summary>
    public const string Help =
        """
        --overrides names a CSV file with the columns student_id, file (may be left out or empty: every photo of the
        student), override (duplicate or another_person; the second needs an administrator's key) and reason, which
        the audit log keeps. A wrong row stops the run before anything is sent; a row that no photo needed is reported.
        """;

    public static PhotoOverrides None { get; } = new([]);

    /// <param name="isPhoto">Whether a photo of the student is at hand; of that name, where one is given.</param>
    /// <exception cref="CommandFailedException">The file cannot be read, or a row is wrong; the message names each line and what to
    /// do.</exception>
    public static PhotoOverrides Read(string? file, Func<StudentId, string?, bool> isPhoto)
    {
        if (file is null) return None;
        var rows = new List<PhotoOverride>();
        var faults = new List<string>();
        try
        {
            using var text = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                DetectDelimiter = true,
                DetectDelimiterValues = [",", ";", "\t"],
                PrepareHeaderForMatch = h => h.Header.Trim().Replace(' ', '_').ToLowerInvariant(),
                MissingFieldFound = null,
                TrimOptions = TrimOptions.Trim,
            });
            RequireHeader(file, csv);
            while (csv.Read())
            {
                var row = ReadRow(csv, rows, isPhoto, out var fault);
                if (row is not null) rows.Add(row);
                else if (faults.Count < MostFaults) faults.Add($"line {csv.Parser.RawRow}: {fault}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The overrides cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is CsvHelperException or DecoderFallbackException)
        {
            throw new CommandFailedException(
                $"{file} cannot be read as CSV in UTF-8, separated by commas, semicolons or tabs. Save it as \"CSV UTF-8\", and close " +
                "every quote.");
        }
        if (faults.Count == 0) return new(rows);
        throw new CommandFailedException(
            $"Nothing was sent, for {file} has wrong rows; correct or remove them: {string.Join(' ', faults)}");
    }

    public IReadOnlyList<PhotoOverride> For(StudentId student, string photo) =>
        [.. _rows.Where(r => r.IsFor(student, photo.Replace('\\', '/')))];

    /// <summary>Says which rows made no difference.</summary>
    public void ShowUnneeded(Screen screen)
    {
        foreach (var row in _rows.Where(r => !r.IsNeeded))
        {
            screen.Fields(
                new { type = "not_needed", row.Line, StudentId = row.Student.Value, row.File, Override = row.Refusal },
                "not needed", $"line {row.Line}", row.Student.Value, row.File ?? "",
                $"No photo was refused as {row.Refusal}: the override changed nothing.");
        }
    }

    private static void RequireHeader(string file, CsvReader csv)
    {
        if (csv.Read()) csv.ReadHeader();
        var names = (csv.HeaderRecord ?? []).Select(h => h.Trim().Replace(' ', '_').ToLowerInvariant()).Where(h => h.Length > 0).ToArray();
        var missing = Columns.Where(c => c != FileColumn && !names.Contains(c)).ToArray();
        var unknown = names.Where(n => !Columns.Contains(n)).ToArray();
        if (missing.Length == 0 && unknown.Length == 0 && names.Distinct().Count() == names.Length) return;
        throw new CommandFailedException(
            $"Nothing was sent, for {file} has a wrong first line: it must name each of the columns student_id, override and reason " +
            "once, and may name file"
            + (missing.Length > 0 ? $"; {string.Join(", ", missing)} missing." : unknown.Length > 0 ? $"; {unknown[0]} is not known."
                : "."));
    }

    private static PhotoOverride? ReadRow(
        CsvReader csv, List<PhotoOverride> before, Func<StudentId, string?, bool> isPhoto, out string fault)
    {
        string Field(string name) => csv.TryGetField<string>(name, out var text) ? text?.Trim() ?? "" : "";
        var (id, kind, reason) = (Field(StudentIdColumn), Field(OverrideColumn), Field(ReasonColumn));
        var file = Field(FileColumn).Replace('\\', '/') is { Length: > 0 } name ? name : null;
        var refusal = kind switch { "duplicate" => "duplicate_person", "another_person" => "another_person", _ => null };
        fault = "";
        if (!StudentId.IsValid(id)) fault = $"student_id has {StudentId.Rule}.";
        else if (refusal is null) fault = $"override must be duplicate or another_person, not '{kind}'.";
        else if (reason.Length is 0 or > MostReason)
            fault = $"reason must say in 1 to {MostReason} characters why; it is kept in the audit log.";
        else if (!isPhoto(new(id), file))
            fault = file is null ? $"there is no photo of {id}."
                : $"{id} has no photo {file}; write the file's name as it stands there, or leave file empty.";
        else if (before.FirstOrDefault(b => b.Student.Value == id && b.File == file && b.Refusal == refusal) is { } same)
            fault = $"it says the same as line {same.Line}.";
        return fault.Length > 0 ? null : new(csv.Parser.RawRow, new(id), file, refusal!, reason);
    }
}
