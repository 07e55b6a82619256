using System.Globalization;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>A command's arguments, split into its operand and its options and checked against the command table.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = [];

    private Arguments(string operand) => Operand = operand;

    /// <summary>The argument without dashes, or its default; empty for a command that takes none.</summary>
    public string Operand { get; private set; }

    /// <param name="words">What follows the command's name.</param>
    /// <exception cref="UsageException">An unknown option, a missing or superfluous argument.</exception>
    public static Arguments Parse(Command command, IReadOnlyList<string> words)
    {
        var parsed = new Arguments(command.Operand?.Default ?? "");
        var operandGiven = false;
        var optionsOver = false;
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (!optionsOver && word == "--")
            {
                optionsOver = true;
            }
            else if (!optionsOver && word.Length > 1 && word[0] == '-')
            {
                i = parsed.TakeOption(command, words, i);
            }
            else
            {
                if (command.Operand is null || operandGiven)
                    throw new UsageException($"'{word}' is one argument too many for {command.Name}.");
                if (word.Length == 0) throw new UsageException($"<{command.Operand.Name}> is empty.");
                parsed.Operand = word;
                operandGiven = true;
            }
        }
        if (command.Operand is { Default: null } missing && !operandGiven)
            throw new UsageException($"{command.Name} needs <{missing.Name}>.");
        return parsed;
    }

    public bool Has(Option option) => _options.ContainsKey(option.Name);

    /// <returns>Null when the option was not given.</returns>
    public string? this[Option option] => _options.GetValueOrDefault(option.Name);

    /// <exception cref="UsageException">The value is no number between the limits, both included.</exception>
    public double Number(Option option, double otherwise, double least, double most)
    {
        if (this[option] is not { } text) return otherwise;
        // NaN fails both comparisons and so is refused with the rest.
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{option.Name} takes a number from {least} to {most}, not '{text}'.");
    }

    /// <exception cref="UsageException">The value is no whole number between the limits, both included.</exception>
    public int Count(Option option, int otherwise, int least, int most)
    {
        var number = Number(option, otherwise, least, most);
        return number == Math.Truncate(number)
            ? (int)number
            : throw new UsageException($"{option.Name} takes a whole number, not '{this[option]}'.");
    }

    private int TakeOption(Command command, IReadOnlyList<string> words, int at)
    {
        var (name, inlineValue) = words[at].Split('=', 2) is [var before, var after] ? (before, after) : (words[at], null);
        var option = command.Options.Concat(Commands.GlobalOptions).FirstOrDefault(o => o.Name == name)
            ?? throw new UsageException($"{command.Name} has no option {name}.");

        string value;
        if (option.Value is null)
        {
            if (inlineValue is not null) throw new UsageException($"{option.Name} takes no value.");
            value = "";
        }
        else if (inlineValue is not null)
        {
            value = inlineValue;
        }
        else
        {
            at++;
            value = at < words.Count ? words[at] : throw new UsageException($"{option.Name} needs <{option.Value}>.");
        }
        if (!_options.TryAdd(option.Name, value)) throw new UsageException($"{option.Name} is given twice.");
        return at;
    }
}
