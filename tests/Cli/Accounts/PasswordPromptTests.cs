using System.Diagnostics;
using System.Text;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Accounts;

/// <summary>The question for a password, on a terminal that util-linux's <c>script</c> makes.</summary>
[TestFixture]
public class PasswordPromptTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(1);

    [Test]
    public async Task UserPasswd_OnATerminal_AsksTwiceAndShowsNothing()
    {
        var (code, shown) = await TypeAsync("correct horse", "correct horse");

        // Nobody answers at the address: the password was taken and was about to be sent.
        Assert.That(code, Is.EqualTo(3), shown);
        Assert.That(shown, Does.Contain("Password:").And.Contain("Password again:").And.Contain("No answer from http://127.0.0.1:1"));
        Assert.That(shown, Does.Not.Contain("horse"));
    }

    [Test]
    public async Task UserPasswd_SecondIsAnother_ChangesNothing()
    {
        var (code, shown) = await TypeAsync("correct horse", "correct hoarse");

        Assert.That(code, Is.EqualTo(2), shown);
        Assert.That(shown, Does.Contain("The second password is not the first; nothing was changed."));
    }

    private static async Task<(int Code, string Shown)> TypeAsync(params string[] answers)
    {
        using var folder = new TemporaryFolder();
        var ttyFile = Path.Combine(folder.Root, "tty");
        var command = $"tty > '{ttyFile}'; '{ChildProcess.Dotnet}' '{ChildProcess.Tool}' user passwd ann --server http://127.0.0.1:1";
        var start = new ProcessStartInfo(
            "script", ["-qec", command, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TERM"] = "xterm-256color";
        using var process = Process.Start(start)!;
        var shown = new StringBuilder();
        var reading = Task.Run(async () =>
        {
            var buffer = new char[256];
            int read;
            while ((read = await process.StandardOutput.ReadAsync(buffer)) > 0)
            {
                lock (shown) shown.Append(buffer, 0, read);
            }
        });

        foreach (var (answer, question) in answers.Zip(["Password:", "Password again:"]))
        {
            // What is typed before the echo is off is the terminal's to show.
            await UntilAsync(() => Shown().Contains(question, StringComparison.Ordinal) && IsEchoOff(ttyFile));
            await process.StandardInput.WriteAsync(answer + "\r");
            await process.StandardInput.FlushAsync();
        }
        await process.WaitForExitAsync().WaitAsync(TooLong);
        await reading.WaitAsync(TooLong);
        return (process.ExitCode, Shown());

        string Shown()
        {
            lock (shown) return shown.ToString();
        }
    }

    private static bool IsEchoOff(string ttyFile)
    {
        using var stty = Process.Start(new ProcessStartInfo("stty",
            ["-F", File.ReadAllText(ttyFile).Trim(), "-a"]) { RedirectStandardOutput = true })!;
        return stty.StandardOutput.ReadToEnd().Split().Contains("-echo");
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed > TooLong) throw new TimeoutException("The question did not come.");
            await Task.Delay(20);
        }
    }
}
