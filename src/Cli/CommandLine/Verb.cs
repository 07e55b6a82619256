using System.CommandLine;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>Does a command's work.</summary>
/// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
internal delegate Task<int> CommandBody(CommandContext context, CancellationToken ct);

/// <summary>A command that does something, unlike one that only holds others.</summary>
internal sealed class Verb : Command
{
    /// <param name="summary">Stands in the list of commands and above the command's own help.</param>
    /// <param name="details">What the summary leaves out, in whole paragraphs below the help.</param>
    /// <param name="takes">Arguments, options and further commands.</param>
    public Verb(string name, string summary, string details, IEnumerable<Symbol> takes, CommandBody body) : base(name, summary)
    {
        Details = details;
        Body = body;
        foreach (var symbol in takes)
        {
            switch (symbol)
            {
                case Argument argument: Add(argument); break;
                case Option option: Add(option); break;
                case Command command: Add(command); break;
            }
        }
        // The parser takes a command without an action for one that needs another behind it. The launcher runs the body itself.
        SetAction(static void (_) => throw new InvalidOperationException("A command is run by the launcher."));
    }

    public string Details { get; }

    public CommandBody Body { get; }
}

/// <summary>What a command works with.</summary>
internal sealed class CommandContext(ParseResult parsed, Screen screen, Func<string, string?> environment)
{
    private ServerAddress? _server;

    public Screen Screen => screen;

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment => environment;

    /// <exception cref="UsageException">The address or the key cannot be used.</exception>
    public ServerAddress Server => _server ??= ServerAddress.From(this);

    /// <returns>Null when the option was not given and has no default.</returns>
    // The parser has an empty list for a list that was not given.
    public T? Get<T>(Option<T> option) => parsed.GetResult(option) is null ? default : parsed.GetValue(option);

    /// <returns>Null for one that may be left out, was left out and has no default.</returns>
    public T Get<T>(Argument<T> operand) => parsed.GetValue(operand)!;
}

/// <summary>What the process tells its caller. Scripts rely on the numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command ran, but not all that was asked could be done: a refused photo, a camera that does not open.</summary>
    public const int Refused = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server does not answer, does not let the caller in, or is no FaceAttendance server.</summary>
    public const int NoServer = 3;

    /// <summary>128 plus the signal's number, as shells have it: 2 is SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>128 plus the signal's number: 15 is SIGTERM.</summary>
    public const int Terminated = 143;
}

/// <summary>The command line cannot be understood; the message says which part.</summary>
/// <param name="hint">What may have been meant.</param>
internal sealed class UsageException(string message, string? hint = null) : Exception(message)
{
    public string? Hint => hint;
}

/// <summary>The command cannot go on for a reason outside the program that the message names in full.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCode.Refused) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
