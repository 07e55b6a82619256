using Spectre.Console;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>Asks for what nobody may read over a shoulder, or in the list of processes: it is no option's value.</summary>
internal static class Secret
{
    /// <summary>For the help of commands that ask.</summary>
    public const string Rule = "The password is asked for and not shown; where no terminal is, it is the first line of standard input.";

    /// <param name="fromInput">Read standard input even if it is a terminal.</param>
    /// <param name="isNew">Asked for twice, since nobody sees what is typed.</param>
    /// <exception cref="UsageException">Nothing was given, or not the same twice.</exception>
    public static string Read(bool fromInput, string name, bool isNew)
    {
        if (fromInput || Console.IsInputRedirected)
        {
            return Console.In.ReadLine() is { Length: > 0 } line
                ? line
                : throw new UsageException($"Standard input holds no {name.ToLowerInvariant()}.");
        }
        // Results go to standard output; a question is none.
        var terminal = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        var typed = Ask(name);
        if (isNew && Ask($"{name} again") != typed)
            throw new UsageException($"The second {name.ToLowerInvariant()} is not the first; nothing was changed.");
        return typed;

        string Ask(string what) => terminal.Prompt(new TextPrompt<string>($"{what}:").Secret(null));
    }
}
