using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>
/// Where a command writes: results to standard output, everything about the run itself to standard error. On a terminal results have
/// colour; anywhere else they are plain lines of whatever length, so that they can be searched and cut. Thread-safe.
/// </summary>
internal sealed class Screen
{
    private static readonly JsonSerializerOptions Wire =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private readonly bool _showsProgress;

    private Screen(TextWriter output, TextWriter error, IAnsiConsole? terminal, bool showsProgress, bool isForPrograms)
    {
        _showsProgress = showsProgress;
        IsForPrograms = isForPrograms;
        _output = TextWriter.Synchronized(output);
        _error = TextWriter.Synchronized(error);
        Terminal = terminal;
    }

    /// <summary>The terminal that standard output is; null when it is a file, a pipe or a terminal without control sequences.</summary>
    public IAnsiConsole? Terminal { get; }

    /// <summary>Whether results are JSON. What is about the run itself stays in words, on standard error.</summary>
    public bool IsForPrograms { get; }

    public TextWriter Output => _output;

    public TextWriter Error => _error;

    public static Screen OfProcess()
    {
        var isTerminal = Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new(Console.Out, Console.Error, isTerminal && !Console.IsOutputRedirected ? AnsiConsole.Console : null,
            isTerminal && !Console.IsErrorRedirected, isForPrograms: false);
    }

    public static Screen Plain(TextWriter output, TextWriter error) =>
        new(output, error, terminal: null, showsProgress: false, isForPrograms: false);

    public Screen ForPrograms() => new(_output, _error, terminal: null, _showsProgress, isForPrograms: true);

    /// <summary>A result.</summary>
    /// <param name="json">The same for programs; its members are named in snake case.</param>
    /// <param name="style">Shown on a terminal only; null for none.</param>
    public void Line(object json, string text, Style? style = null)
    {
        var line = OneLine(text);
        if (IsForPrograms) Json(json);
        else if (Terminal is null) _output.WriteLine(line);
        else Terminal.WriteLine(line, style);
    }

    /// <summary>A result of several fields, between tabs on one plain line; a tab inside a field is escaped.</summary>
    /// <param name="json">The same for programs; its members are named in snake case.</param>
    public void Fields(object json, params ReadOnlySpan<string> fields)
    {
        if (IsForPrograms)
        {
            Json(json);
            return;
        }
        var line = new StringBuilder();
        foreach (var field in fields) line.Append(line.Length == 0 ? "" : "\t").Append(OneLine(field));
        _output.WriteLine(line.ToString());
    }

    /// <summary>A result for programs, on a line of its own.</summary>
    public void Json(object json) => _output.WriteLine(JsonSerializer.Serialize(json, Wire));

    /// <summary>Text of several lines made by this program, shown as it is.</summary>
    public void Page(string text) => _output.Write(text);

    /// <summary>Something to know about the run.</summary>
    public void Note(string text) => _error.WriteLine(OneLine(text));

    /// <summary>How far the run is, in place of what was said of it last; empty takes that away. Nothing where no terminal shows
    /// it.</summary>
    public void Progress(string text)
    {
        // Back to the line's beginning; what stood there is erased.
        if (_showsProgress) _error.Write($"\r{OneLine(text)}\e[K");
    }

    /// <summary>
    /// The text on one line with nothing that a terminal obeys: a server's or a webhook receiver's words, or a file's name, must not move
    /// the cursor. Control characters become \uXXXX.
    /// </summary>
    public static string OneLine(string text)
    {
        if (!text.Any(IsHostile)) return text;
        var safe = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (IsHostile(c)) safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else safe.Append(c);
        }
        return safe.ToString();
    }

    // Besides control characters: the line and paragraph separators, and the marks that turn the reading direction.
    private static bool IsHostile(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
