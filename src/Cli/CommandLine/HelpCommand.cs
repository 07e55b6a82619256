using System.CommandLine;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>help [command …], which is the command's own --help.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> Words =
        new("command") { Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = _ => [], Description = "whose help to show" };

    public static Command Definition { get; } =
        new Verb("help", "the list of commands, or a command's own help", "", [Words], (context, _) =>
    {
        var command = Commands.Root;
        foreach (var word in context.Get(Words))
        {
            command = command.Subcommands.FirstOrDefault(c => c.Name == word)
                ?? throw new UsageException(
                    $"There is no command '{Screen.OneLine($"{Misunderstanding.FullName(command)} {word}".TrimStart())}'.");
        }
        Show(command, context.Screen.Output);
        return Task.FromResult(ExitCode.Done);
    });

    public static void Show(Command command, TextWriter to) =>
        Commands.Root.Parse([.. Misunderstanding.Path(command), "--help"], Commands.Grammar).Invoke(new() { Output = to });
}
