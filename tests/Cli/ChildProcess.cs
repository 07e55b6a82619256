using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FaceAttendance.Cli.Tests;

/// <summary>The command as users start it: a process with an environment, signals and an exit code.</summary>
internal sealed class ChildProcess : IDisposable
{
    public static readonly string Dotnet =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "faceattendance.dll");

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public static ChildProcess Start(IReadOnlyDictionary<string, string> environment, params string[] words) =>
        // A test run in a shell's background has SIGINT ignored, and children inherit that.
        new(WithEnvironment(new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", Dotnet, Tool, .. words]), environment));

    /// <summary>On a terminal of 100 columns, which util-linux's <c>script</c> makes.</summary>
    public static ChildProcess StartOnTerminal(IReadOnlyDictionary<string, string> environment, params string[] words)
    {
        var quoted = words.Prepend(Tool).Prepend(Dotnet).Select(w => $"'{w.Replace("'", "'\\''", StringComparison.Ordinal)}'");
        var command = "stty cols 100; " + string.Join(' ', quoted);
        var start = WithEnvironment(new ProcessStartInfo("script", ["-qec", command, "/dev/null"]), environment);
        start.Environment["TERM"] = "xterm-256color";
        // A build machine's variables must not decide what a terminal can do.
        foreach (var variable in new[] { "NO_COLOR", "CI", "TF_BUILD", "GITHUB_ACTIONS" }) start.Environment.Remove(variable);
        return new(start);
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<Outcome> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return new(_process.ExitCode, await _output, await _errors);
    }

    public void Dispose()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
        _process.Dispose();
    }

    private static ProcessStartInfo WithEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }
}
