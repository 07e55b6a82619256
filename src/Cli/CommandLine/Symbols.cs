using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>Makes the options and arguments of commands; a value that cannot be used is refused in one way.</summary>
internal static class Symbols
{
    /// <summary>The argument without dashes.</summary>
    public static Argument<string> Operand(string name, string help) => new(name) { Description = help, Validators = { RefuseEmpty } };

    /// <inheritdoc cref="Operand(string, string)"/>
    /// <param name="otherwise">What stands for it when it is left out.</param>
    public static Argument<string> Operand(string name, string otherwise, string help)
    {
        var operand = Operand(name, help);
        operand.DefaultValueFactory = _ => otherwise;
        return operand;
    }

    /// <param name="value">What the value is called in the help.</param>
    public static Option<string> Text(string name, string value, string help, bool isRequired = false) =>
        new(name) { HelpName = value, Description = help, Required = isRequired };

    /// <summary>One of several words, which completion knows.</summary>
    public static Option<string> Word(string name, string value, string help, IReadOnlyList<string> words, bool isRequired = false)
    {
        var option = Text(name, value, help, isRequired);
        option.CompletionSources.Add([.. words]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && !words.Contains(given.Value))
                result.AddError($"{name} takes {string.Join(", ", words)}, not '{given.Value}'.");
        });
        return option;
    }

    /// <summary>Several words between commas.</summary>
    public static Option<string[]> List(string name, string value, string help, bool isRequired = false) => new(name)
    {
        HelpName = value,
        Description = help,
        Required = isRequired,
        CustomParser = result => result.Tokens is [var given]
            ? given.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : null,
        Arity = ArgumentArity.ExactlyOne,
    };

    public static Option<bool> Switch(string name, string help) => new(name) { Description = help, Arity = ArgumentArity.Zero };

    /// <param name="least">The least and the most that it may be, both included.</param>
    public static Option<double?> Number(string name, string value, string help, double least, double most) => new(name)
    {
        HelpName = value,
        Description = help,
        CustomParser = result => ReadNumber(result, name, least, most),
    };

    /// <inheritdoc cref="Number(string, string, string, double, double)"/>
    public static Option<double> Number(string name, string value, string help, double otherwise, double least, double most) => new(name)
    {
        HelpName = value,
        Description = help,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => ReadNumber(result, name, least, most) ?? otherwise,
    };

    /// <inheritdoc cref="Number(string, string, string, double, double)"/>
    public static Option<int?> Count(string name, string value, string help, int least, int most) => new(name)
    {
        HelpName = value,
        Description = help,
        CustomParser = result => ReadCount(result, name, least, most),
    };

    /// <inheritdoc cref="Number(string, string, string, double, double)"/>
    public static Option<int> Count(string name, string value, string help, int otherwise, int least, int most) => new(name)
    {
        HelpName = value,
        Description = help,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => ReadCount(result, name, least, most) ?? otherwise,
    };

    private static double? ReadNumber(ArgumentResult result, string name, double least, double most)
    {
        if (result.Tokens is not [var given]) return null;
        // NaN fails both comparisons and so is refused with the rest.
        if (double.TryParse(given.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
            return number;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {least} to {most}, not '{given.Value}'."));
        return null;
    }

    private static int? ReadCount(ArgumentResult result, string name, int least, int most)
    {
        if (ReadNumber(result, name, least, most) is not { } number) return null;
        if (number == Math.Truncate(number)) return (int)number;
        result.AddError($"{name} takes a whole number, not '{result.Tokens[0].Value}'.");
        return null;
    }

    private static void RefuseEmpty(ArgumentResult result)
    {
        if (result.Tokens is [{ Value.Length: 0 }]) result.AddError($"<{result.Argument.Name}> is empty.");
    }
}
