using System.Globalization;
using System.Text.Json.Nodes;
using System.Text;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>A value of a table: as readers see it, and as programs do.</summary>
internal readonly record struct Cell(string Text, JsonNode? Value)
{
    public static Cell None => new("", null);

    public static implicit operator Cell(string text) => new(text, text);

    public static implicit operator Cell(int count) => new(count.ToString("N0", CultureInfo.InvariantCulture), count);

    public static implicit operator Cell(long count) => new(count.ToString("N0", CultureInfo.InvariantCulture), count);

    public static implicit operator Cell(Share share)
    {
        if (!(share.Trials > 0)) return None;
        var (low, high) = share.Interval;
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{Percent(share.Rate)} ({Percent(low)}–{Percent(high)}) %"),
            new JsonObject { ["rate"] = share.Rate, ["low"] = low, ["high"] = high, ["trials"] = share.Trials });
    }

    public static Cell Similarity(double value) => Number(value, "0.000");

    public static Cell Rate(double value) => Number(value, "0.######");

    public static Cell Number(double value, string format) =>
        double.IsFinite(value) ? new(value.ToString(format, CultureInfo.InvariantCulture), Math.Round(value, 9)) : None;

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture);
}

/// <summary>What an evaluation found: paragraphs, tables and drawings, written as Markdown, as JSON and, the drawings, as SVG.</summary>
internal sealed class Report(string title)
{
    private readonly StringBuilder _page = new($"# {title}\n");
    private readonly JsonObject _data = new() { ["title"] = title };
    private readonly List<(string File, string Svg)> _drawings = [];

    public void Fact(string name, JsonNode? value) => _data[name] = value;

    public void Paragraph(string text) => _page.Append('\n').Append(Screen.OneLine(text)).Append('\n');

    /// <param name="name">Of the table in the JSON; its heading in the page.</param>
    public void Table(string name, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<Cell>> rows)
    {
        if (rows.Count == 0) return;
        _page.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n");
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
        foreach (var row in rows) Row([.. row.Select(c => c.Text)]);
        _data[name] =
            new JsonArray(
                [.. rows.Select(row => new JsonObject(columns.Zip(row, (column, cell) => KeyValuePair.Create(column, cell.Value))))]);
    }

    public void Drawing(string file, string svg, string alternative)
    {
        _drawings.Add((file, svg));
        _data[file] = alternative;
    }

    public void Series(string name, IReadOnlyList<ErrorPoint> points) => _data[name] = new JsonArray(
        [.. points.Select(p => new JsonObject { ["threshold"] = p.Threshold, ["strangers"] = p.Stranger, ["missed"] = p.Missed })]);

    /// <summary>To standard output, or as files into a folder.</summary>
    /// <exception cref="CommandFailedException">The folder cannot be written.</exception>
    public void Write(Screen screen, string? folder)
    {
        if (folder is null)
        {
            if (screen.IsForPrograms) screen.Json(_data);
            else screen.Page(_page.ToString());
            return;
        }
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var (file, svg) in _drawings) File.WriteAllText(Path.Combine(folder, file), svg);
            foreach (var (file, _) in _drawings) _page.Append(CultureInfo.InvariantCulture, $"\n![{(string?)_data[file]}]({file})\n");
            File.WriteAllText(
                Path.Combine(folder, "report.json"), _data.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
            File.WriteAllText(Path.Combine(folder, "report.md"), _page.ToString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The report cannot be written: {e.Message}");
        }
        screen.Line(_data, $"The report is {Path.Combine(folder, "report.md")}.");
    }

    private void Row(IReadOnlyList<string> cells) =>
        _page.Append("| ").AppendJoin(" | ", cells.Select(c => Screen.OneLine(c).Replace("|", "\\|", StringComparison.Ordinal)))
            .Append(" |\n");
}
