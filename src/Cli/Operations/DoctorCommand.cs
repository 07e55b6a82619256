using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Operations;

/// <summary>Has the server program examine the installation on this machine, and shows what it says.</summary>
internal static class DoctorCommand
{
    private const string ServerProgram = "FaceAttendance.WebApi.dll";
    private const string ConnectionString = "ConnectionStrings__Default";

    private static readonly Argument<string[]> Settings = new("setting")
    {
        Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = _ => [],
        Description = "as the server program takes it at its start, behind --: doctor -- --urls=http://127.0.0.1:9000",
    };

    private static readonly Option<string> Program =
        Symbols.Text("--program", "file", $"{ServerProgram}, where it does not lie beside this command or in its checkout");

    public static Command Definition { get; } = new Verb(
        "doctor", "examine the server's installation on this machine, whether it runs or not",
        """
        Looks at settings, native engines, models, database, keys, ports, clocks and disk space, with the settings that the server
        would start with here: run it as the server's user, with the server's environment, in the folder of its .env. Prints a line for
        each thing: ok, warning or fault, what was looked at, and what is so with what to do. Changes nothing. Exits with 1 at a fault.
        """,
        [Program, Settings], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var program = context.Get(Program) ?? Candidates().FirstOrDefault(File.Exists)
            ?? throw new CommandFailedException($"{ServerProgram} was not found beside this command; name it with {Program.Name}.");
        if (!File.Exists(program)) throw new CommandFailedException($"There is no server program {program}.");

        // Whoever runs this command runs .NET; its own program is the one that is surely there.
        var runtime = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        string[] json = context.Screen.IsForPrograms ? ["--json"] : [];
        var start = new ProcessStartInfo(
            runtime, [program, "--doctor", .. json, .. context.Get(Settings)]) { RedirectStandardOutput = true };
        if (CheckoutOf(program) is { } checkout) await SetUpAsRunShDoesAsync(context, start, checkout, ct);
        using var server = Run(start);
        var output = await server.StandardOutput.ReadToEndAsync(ct);
        await server.WaitForExitAsync(ct);
        context.Screen.Page(output);
        return server.ExitCode == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static IEnumerable<string> Candidates()
    {
        var here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        yield return Path.Combine(here, ServerProgram);
        // In a checkout: src/Cli/bin/Release/net10.0 and src/WebApi/bin/Release/net10.0.
        yield return Path.Combine(here.Replace("/src/Cli/", "/src/WebApi/", StringComparison.Ordinal), ServerProgram);
        // In the image, /cli and /app.
        yield return Path.GetFullPath(Path.Combine(here, "..", "app", ServerProgram));
    }

    /// <returns>The folder with run.sh, when the program was built in it.</returns>
    private static string? CheckoutOf(string program)
    {
        var at = Path.GetFullPath(program).IndexOf("/src/WebApi/bin/", StringComparison.Ordinal);
        return at > 0 && Path.GetFullPath(program)[..at] is var root && File.Exists(Path.Combine(root, "run.sh")) ? root : null;
    }

    // run.sh starts the server in its own folder, for developing, and on a database of its own where none is named.
    private static async Task SetUpAsRunShDoesAsync(CommandContext context, ProcessStartInfo start, string checkout, CancellationToken ct)
    {
        start.WorkingDirectory = checkout;
        start.Environment.TryAdd("ASPNETCORE_ENVIRONMENT", "Development");
        if (start.Environment.ContainsKey(ConnectionString) || IsNamedIn(Path.Combine(checkout, ".env"))
            || context.Get(Settings).Any(s => s.Contains("ConnectionString", StringComparison.Ordinal))
            || !Directory.Exists(Path.Combine(checkout, ".data", "postgres")))
        {
            return;
        }
        var ask = new ProcessStartInfo("bash", [Path.Combine(checkout, "scripts", "postgres.sh"), "status"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var cluster = Run(ask);
        var status = await cluster.StandardOutput.ReadToEndAsync(ct);
        await cluster.WaitForExitAsync(ct);
        if (cluster.ExitCode == 0 && status.Split("): ", 2) is [_, var connection]) start.Environment[ConnectionString] = connection.Trim();
        else context.Screen.Note(
                "The database that run.sh keeps does not run; run.sh starts it with the server, scripts/postgres.sh alone.");
    }

    private static bool IsNamedIn(string file)
    {
        try
        {
            return File.ReadLines(file).Any(line => line.Contains(ConnectionString,
                StringComparison.Ordinal) && !line.TrimStart().StartsWith('#'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Process Run(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException($"{start.FileName} cannot be started: {e.Message}");
        }
    }
}
