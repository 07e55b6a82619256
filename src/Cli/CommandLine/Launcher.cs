using System.Runtime.InteropServices;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>From the words of the command line to an exit code.</summary>
internal static class Launcher
{
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="stop">Stops the command as Ctrl-C does.</param>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> words, Screen screen, Func<string, string?> environment, CancellationToken stop = default)
    {
        var parsed = Commands.Root.Parse(words, Commands.Grammar);
        try
        {
            if (parsed.Action is HelpPage or VersionLine) return parsed.Invoke(new() { Output = screen.Output, Error = screen.Error });
            if (Misunderstanding.In(parsed, words) is { } wrong) throw wrong;
            var context = new CommandContext(parsed, parsed.GetValue(Commands.Json) ? screen.ForPrograms() : screen, environment);
            return await RunUntilSignalAsync((Verb)parsed.CommandResult.Command, context, stop);
        }
        catch (UsageException e)
        {
            screen.Note(e.Message);
            if (e.Hint is { } hint) screen.Note(hint);
            screen.Note("");
            HelpCommand.Show(parsed.CommandResult.Command, screen.Error);
            return ExitCode.Usage;
        }
        catch (CommandFailedException e)
        {
            screen.Note(e.Message);
            return e.ExitCode;
        }
    }

    private static async Task<int> RunUntilSignalAsync(Verb command, CommandContext context, CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var exitCode = ExitCode.Interrupted;

        void Stop(PosixSignalContext signal)
        {
            // The second signal ends the process at once, for whoever does not want to wait for the first.
            if (stopping.IsCancellationRequested) return;
            signal.Cancel = true;
            if (signal.Signal == PosixSignal.SIGTERM) exitCode = ExitCode.Terminated;
            stopping.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await command.Body(context, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return exitCode;
        }
    }
}
