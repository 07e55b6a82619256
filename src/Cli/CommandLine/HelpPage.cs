using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>The library's help page, and below it what a summary leaves out.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const string ExitCodes =
        """

        Exit codes: 0 done; 1 something was refused or could not be done; 2 wrong command line;
        3 no usable server; 130 interrupted

        """;

    private readonly HelpAction _standard = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        _standard.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var more = command is Verb { Details.Length: > 0 } verb ? $"{verb.Details}\n" : command.Parents.Any() ? "" : ExitCodes.TrimStart();
        parseResult.InvocationConfiguration.Output.Write(more);
        return ExitCode.Done;
    }
}

/// <summary>The program's name and version on one line.</summary>
internal sealed class VersionLine : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"{Commands.Program} {Commands.Version}");
        return ExitCode.Done;
    }
}
