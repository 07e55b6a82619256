using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>A CSV file with a heading (RFC 4180, commas, semicolons or tabs).</summary>
internal sealed record CsvTable(string File, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <exception cref="CommandFailedException">It cannot be read, or has no heading.</exception>
    public static CsvTable Read(string file)
    {
        var rows = new List<IReadOnlyList<string>>();
        try
        {
            using var text = new StreamReader(file);
            using var csv = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                DetectDelimiter = true, DetectDelimiterValues = [",", ";", "\t"], TrimOptions = TrimOptions.Trim,
            });
            while (csv.Read()) rows.Add(csv.Record!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The table cannot be read: {e.Message}");
        }
        catch (CsvHelperException)
        {
            throw new CommandFailedException($"{file} cannot be read as CSV, separated by commas, semicolons or tabs; close every quote.");
        }
        if (rows.Count == 0) throw new CommandFailedException($"{file} is empty; its first line names the columns.");
        return new(file, rows[0], rows[1..]);
    }

    /// <exception cref="CommandFailedException">There is no such column.</exception>
    public int Column(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return i;
        }
        throw new CommandFailedException($"{File} has no column '{name}'; it has {string.Join(", ", Columns)}.");
    }
}
