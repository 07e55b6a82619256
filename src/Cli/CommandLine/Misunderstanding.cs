using System.CommandLine;
using System.CommandLine.Parsing;
using FaceAttendance.Application;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>What is wrong with a command line, in the words of this program.</summary>
internal static class Misunderstanding
{
    /// <param name="words">What was parsed.</param>
    /// <returns>Null for a command line that can be run.</returns>
    public static UsageException? In(ParseResult parsed, IReadOnlyList<string> words)
    {
        var command = parsed.CommandResult.Command;
        var name = FullName(command);
        if (UnknownOption(parsed) is { } option)
        {
            var known = OptionsOf(command).Select(o => o.Name);
            return new($"{(name.Length > 0 ? name : Commands.Program)} has no option {option}.", Meant(option, known));
        }
        foreach (var given in Given(parsed.CommandResult))
        {
            if (given.IdentifierTokenCount > 1) return new($"{given.Option.Name} is given twice.");
            // The parser takes the value for an argument.
            if (given.Option.Arity.MaximumNumberOfValues == 0
                && words.Any(w => w.Split('=')[0] == given.Option.Name && w.Contains('=', StringComparison.Ordinal)))
                return new($"{given.Option.Name} takes no value.");
        }
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            var hasCommands = command.Subcommands.Any(c => !c.Hidden);
            return hasCommands
                ? new($"There is no command '{Screen.OneLine($"{name} {word}".TrimStart())}'.",
                    Meant(word, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)))
                : new($"'{word}' is one argument too many for {name}.");
        }
        return parsed.Errors.OrderBy(e => e.SymbolResult is ArgumentResult ? 0 : 1)
            .Select(e => new UsageException(Explain(e, command, name))).FirstOrDefault();
    }

    /// <summary>The command's name with those of the commands that it belongs to; empty for the program itself.</summary>
    public static string FullName(Command command) => string.Join(' ', Path(command));

    public static IReadOnlyList<string> Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? [.. Path(parent), command.Name] : [];

    private static string Explain(ParseError error, Command command, string name) => error.SymbolResult switch
    {
        OptionResult { IdentifierToken: null } missing => $"{name} needs {Usage(missing.Option)}.",
        OptionResult { Tokens.Count: 0 } empty => $"{empty.Option.Name} needs <{empty.Option.HelpName}>.",
        ArgumentResult { Tokens.Count: 0 } missing => $"{name} needs <{missing.Argument.Name}>.",
        CommandResult when name.Length == 0 => "A command is missing.",
        CommandResult => $"{name} needs a command: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}.",
        _ => error.Message,
    };

    private static string Usage(Option option) => option.HelpName is null ? option.Name : $"{option.Name} <{option.HelpName}>";

    // The parser takes an option that it does not know for an argument.
    private static string? UnknownOption(ParseResult parsed)
    {
        var optionsOver = parsed.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash).Skip(1).Select(t => t.Value).ToList();
        var operands = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value);
        var word = operands.Concat(parsed.UnmatchedTokens).FirstOrDefault(w => w.Length > 1 && w[0] == '-' && !optionsOver.Contains(w));
        return word?.Split('=', 2)[0];
    }

    private static IEnumerable<OptionResult> Given(CommandResult? at)
    {
        for (; at is not null; at = at.Parent as CommandResult)
        {
            foreach (var option in at.Children.OfType<OptionResult>()) yield return option;
        }
    }

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => OptionsOf(p).Where(o => o.Recursive)));

    private static string? Meant(string word, IEnumerable<string> known) =>
        Spelling.Nearest(word, known, slips: 1) is { } meant ? $"Did you mean {meant}?" : null;
}
