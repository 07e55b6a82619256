using FaceAttendance.Application;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Reads the file <c>.env</c>: lines of <c>KEY=VALUE</c>, optionally after <c>export</c>. A value may stand in single quotes (taken as it
/// is) or double quotes (with \n, \r, \t, \" and \\ as escapes); an unquoted one ends before <c> #</c>. Empty lines and lines that begin
/// with # are comments.
/// </summary>
internal static class DotEnv
{
    public const string FileName = ".env";

    /// <summary>
    /// Makes the file's variables the process's own, so that everything that reads the environment sees them. One that is set already
    /// wins. Only for the start of a program: the environment belongs to the whole process.
    /// </summary>
    /// <returns>The names in the file; none when there is no file.</returns>
    /// <exception cref="StartupException">The file cannot be read or a line makes no sense.</exception>
    public static IReadOnlyCollection<string> Load(string directory)
    {
        var file = Path.Combine(directory, FileName);
        if (!File.Exists(file)) return [];
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{file} cannot be read: {e.Message} Make it readable or remove it.", e);
        }

        var variables = Parse(lines, file);
        foreach (var (name, value) in variables)
        {
            if (Environment.GetEnvironmentVariable(name) is null) Environment.SetEnvironmentVariable(name, value);
        }
        return [.. variables.Keys];
    }

    /// <summary>The variables of the file; of a name given twice, the last value, as a shell would have it.</summary>
    /// <param name="source">What to call the file in messages, which never repeat a line's content: it may be a secret.</param>
    internal static IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> lines, string source)
    {
        var variables = new Dictionary<string, string>();
        var wrong = new List<int>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (TryParse(line, out var name, out var value)) variables[name] = value;
            else wrong.Add(i + 1);
        }
        return wrong.Count == 0
            ? variables
            : throw new StartupException(
                $"{source}: line {string.Join(", ", wrong)} is not of the form KEY=VALUE; a quoted value ends with its quote.");
    }

    private static bool TryParse(string line, out string name, out string value)
    {
        if (line.StartsWith("export ", StringComparison.Ordinal)) line = line["export ".Length..].TrimStart();
        var equals = line.IndexOf('=');
        name = equals < 0 ? "" : line[..equals].TrimEnd();
        value = "";
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-')) return false;

        var rest = line[(equals + 1)..].TrimStart();
        return rest.Length > 0 && rest[0] is '"' or '\'' ? TryUnquote(rest, out value) : TryTakePlain(rest, out value);
    }

    private static bool TryTakePlain(string rest, out string value)
    {
        // A # belongs to the value unless blank space stands before it: passwords and URL fragments hold some.
        var end = rest.StartsWith('#') ? 0 : rest.Length;
        for (var i = 1; i < end; i++)
        {
            if (rest[i] == '#' && char.IsWhiteSpace(rest[i - 1])) end = i;
        }
        value = rest[..end].TrimEnd();
        return true;
    }

    private static bool TryUnquote(string rest, out string value)
    {
        var quote = rest[0];
        var text = new System.Text.StringBuilder(rest.Length);
        value = "";
        for (var i = 1; i < rest.Length; i++)
        {
            var c = rest[i];
            if (c == quote)
            {
                value = text.ToString();
                var after = rest[(i + 1)..].TrimStart();
                return after.Length == 0 || after[0] == '#';
            }
            if (c == '\\' && quote == '"' && i + 1 < rest.Length)
            {
                var escaped = rest[++i];
                text.Append(escaped switch
                {
                    'n' => "\n",
                    'r' => "\r",
                    't' => "\t",
                    '"' => "\"",
                    '\\' => "\\",
                    _ => "\\" + escaped,
                });
                continue;
            }
            text.Append(c);
        }
        return false;
    }
}
