namespace FaceAttendance.Cli.CommandLine;

/// <summary>An option of one command or of all.</summary>
/// <param name="Name">As typed, with the leading dashes.</param>
/// <param name="Value">What the value is called in the help; null for a switch.</param>
internal sealed record Option(string Name, string? Value, string Help)
{
    public string Usage => Value is null ? Name : $"{Name} <{Value}>";
}

/// <summary>The one argument that a command may take besides its options.</summary>
/// <param name="Default">What stands for it when it is left out; null when it may not be.</param>
internal sealed record Operand(string Name, string? Default);

/// <summary>Does a command's work.</summary>
/// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
internal delegate Task<int> CommandBody(CommandContext context, CancellationToken ct);

/// <summary>One row of the command table.</summary>
/// <param name="Details">What the summary leaves out, in whole paragraphs for the help.</param>
internal sealed record Command(
    string Name, Operand? Operand, string Summary, string Details, IReadOnlyList<Option> Options, CommandBody RunAsync)
{
    public string Usage => Operand switch
    {
        null => Name,
        { Default: null } => $"{Name} <{Operand.Name}>",
        _ => $"{Name} [<{Operand.Name}>]",
    };
}

/// <summary>What a command works with.</summary>
internal sealed record CommandContext(Arguments Arguments, ServerAddress Server, Screen Screen, Func<string, string?> Environment);

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
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command cannot go on for a reason outside the program that the message names in full.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCode.Refused) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
