using System.CommandLine;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>Completion in a shell: a script for the shell to load, and the words that the script asks for.</summary>
internal static class CompletionCommands
{
    private const string WordsName = "complete";

    private static readonly Argument<string> Shell = Symbols.Operand("shell", "bash or zsh");

    private static readonly Argument<string> Line = new("line");

    public static Command Script { get; } = new Verb(
        "completion", "print a script that completes commands and options in bash or zsh",
        $"""
        bash: source <({Commands.Program} completion bash), in ~/.bashrc
        zsh:  source <({Commands.Program} completion zsh), in ~/.zshrc after compinit
        Where no word of this program fits, file names are completed.
        """,
        [Known(Shell)],
        (context, _) =>
        {
            context.Screen.Page(context.Get(Shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                var other => throw new UsageException($"There is a completion for bash and for zsh, not for '{Screen.OneLine(other)}'."),
            });
            return Task.FromResult(ExitCode.Done);
        });

    /// <summary>Prints what may stand at the end of the line, a word on each.</summary>
    public static Command Words { get; } = new Verb(WordsName, "what may stand at the end of a command line", "", [Line], (context, _) =>
    {
        var line = context.Get(Line);
        var begun = line.Length == 0 || line[^1] == ' ' ? "" : line.Split(' ')[^1];
        foreach (var item in Commands.Root.Parse(line, Commands.Grammar).GetCompletions(line.Length))
        {
            // The parser offers what holds the word somewhere. Options are offered once they are begun: until then a command or a file is
            // more likely.
            var isOption = item.Label.StartsWith('-');
            if (item.Label.StartsWith(begun, StringComparison.Ordinal) && isOption == begun.StartsWith('-'))
                context.Screen.Page(item.Label + "\n");
        }
        return Task.FromResult(ExitCode.Done);
    })
    { Hidden = true };

    // $1 is the program as it was typed: ./faceattendance, or a path.
    private static string Bash =>
        $$"""
        _{{Commands.Program}}() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("$1" {{WordsName}} -- "{{Commands.Program}} ${COMP_LINE:${#1}:$((COMP_POINT - ${#1}))}" 2>/dev/null)" -- "$2"))
        }
        complete -o default -F _{{Commands.Program}} {{Commands.Program}} ./{{Commands.Program}}

        """;

    private static string Zsh =>
        $$"""
        _{{Commands.Program}}() {
          local -a found
          found=("${(@f)$("${words[1]}" {{WordsName}} -- "{{Commands.Program}} ${(j: :)words[2,CURRENT]}" 2>/dev/null)}")
          if [[ -n ${found[1]} ]]; then compadd -a found; else _files; fi
        }
        compdef _{{Commands.Program}} {{Commands.Program}}

        """;

    private static Argument<string> Known(Argument<string> shell)
    {
        shell.CompletionSources.Add("bash", "zsh");
        return shell;
    }
}
