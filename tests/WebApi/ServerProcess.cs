using System.Diagnostics;

namespace FaceAttendance.WebApi.Tests;

/// <summary>The server program as whoever starts it sees it: what it prints, what it complains of, and its exit code.</summary>
internal static class ServerProcess
{
    /// <param name="folder">Where it runs.</param>
    /// <param name="variables">Such as <c>FACE_PROFILE=starter</c>. Of this process's own, the server's are taken away.</param>
    /// <param name="programFolder">Where it lies, if not here.</param>
    public static async Task<(int Code, string Errors, string Printed)> RunAsync(
        string folder, string[] arguments, string[] variables, string? programFolder = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(programFolder ?? AppContext.BaseDirectory, "FaceAttendance.WebApi.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_") || k.StartsWith("FACE_")
            || k.StartsWith("ConnectionStrings")).ToList())
            start.Environment.Remove(name);
        foreach (var variable in variables) start.Environment[variable.Split('=')[0]] = variable[(variable.IndexOf('=') + 1)..];
        using var process = Process.Start(start)!;
        // Who is asked says nothing.
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        TestContext.Out.WriteLine(await output);
        Assert.That(await output, Does.Not.Contain("   at "), "the log tells it with a stack");
        return (process.ExitCode, errors, await output);
    }
}
