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
        Command? command = null;
        try
        {
            if (words.Count == 0) throw new UsageException("A command is missing.");
            if (words is ["--version"])
            {
                screen.Line($"{Help.Program} {Help.Version}");
                return ExitCode.Done;
            }
            if (words is ["help"] or ["--help"] or ["-h"])
            {
                screen.Page(Help.Overview());
                return ExitCode.Done;
            }
            if (words is ["help", ..])
            {
                screen.Page(Help.Of(Commands.Find(string.Join(' ', words.Skip(1)))));
                return ExitCode.Done;
            }

            // Some commands have a name of two words.
            if (words is [var group, var verb, ..] && Commands.All.Any(c => c.Name == $"{group} {verb}")) words = [$"{group} {verb}", .. words.Skip(2)];
            command = Commands.Find(words[0]);
            var rest = words.Skip(1).ToArray();
            if (rest.TakeWhile(w => w != "--").Any(w => w is "--help" or "-h"))
            {
                screen.Page(Help.Of(command));
                return ExitCode.Done;
            }
            var arguments = Arguments.Parse(command, rest);
            var server = ServerAddress.From(arguments, environment);
            return await RunUntilSignalAsync(command, new(arguments, server, screen, environment), stop);
        }
        catch (UsageException e)
        {
            screen.Note(e.Message);
            screen.NotePage("\n" + (command is null ? Help.Overview() : Help.Of(command)));
            return ExitCode.Usage;
        }
        catch (CommandFailedException e)
        {
            screen.Note(e.Message);
            return e.ExitCode;
        }
    }

    private static async Task<int> RunUntilSignalAsync(Command command, CommandContext context, CancellationToken stop)
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
            return await command.RunAsync(context, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return exitCode;
        }
    }
}
