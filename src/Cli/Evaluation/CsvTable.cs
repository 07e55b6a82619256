using System.Text;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>A CSV file with a heading (RFC 4180, commas or semicolons).</summary>
internal sealed record CsvTable(string File, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <exception cref="CommandFailedException">It cannot be read, or has no heading.</exception>
    public static CsvTable Read(string file)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The table cannot be read: {e.Message}");
        }
        var heading = text.AsSpan(0, Math.Max(0, text.AsSpan().IndexOfAny('\r', '\n')));
        var separator = heading.Contains(';') && !heading.Contains(',') ? ';' : ',';
        var rows = Parse(text, separator).Where(r => r.Count > 1 || r[0].Length > 0).ToList();
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

    private static IEnumerable<IReadOnlyList<string>> Parse(string text, char separator)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else isQuoted = false;
            }
            else if (c == '"')
            {
                isQuoted = true;
            }
            else if (c == separator)
            {
                End();
            }
            else if (c == '\n')
            {
                End();
                yield return row;
                row = [];
            }
            else if (c != '\r')
            {
                field.Append(c);
            }
        }
        if (row.Count > 0 || field.Length > 0)
        {
            End();
            yield return row;
        }

        void End()
        {
            row.Add(field.ToString().Trim());
            field.Clear();
        }
    }
}
