using System.Diagnostics;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.CommandLine;

[TestFixture]
public class CompletionTests
{
    [TestCase("faceattendance enr", "enroll")]
    [TestCase("./faceattendance user d", "disable")]
    [TestCase("faceattendance watch --min", "--min-conf")]
    [TestCase("faceattendance watch --ser", "--server")]
    [TestCase("faceattendance user add ann --role adm", "admin")]
    [TestCase("faceattendance completion ", "bash,zsh")]
    public async Task Complete_BegunWord_IsWhatMayFollow(string line, string words)
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string>(), "complete", "--", line);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(outcome.Lines, Is.EquivalentTo(words.Split(',')));
    }

    [Test]
    public async Task Complete_BeforeAWordIsBegun_OffersCommandsAndNoOptions()
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string>(), "complete", "--", "faceattendance ");

        Assert.That(outcome.Lines, Does.Contain("recognize").And.Contain("completion").And.Not.Contain("complete"));
        Assert.That(outcome.Lines, Has.None.StartsWith("-"));
    }

    [TestCase("faceattendance us", "user")]
    [TestCase("faceattendance user li", "list")]
    [TestCase("faceattendance watch --send", "--send-unknown")]
    [TestCase("faceattendance recognize kno", "known.jpg")]
    public void Completion_LoadedIntoBash_CompletesTheLine(string line, string word)
    {
        using var folder = new TemporaryFolder();
        folder.Write("known.jpg", "x");
        folder.Write("faceattendance", $"#!/bin/sh\nexec '{ChildProcess.Dotnet}' '{ChildProcess.Tool}' \"$@\"\n");

        // What readline sets before it calls a completion, and what it does where none was found: -o default completes file names.
        var script = $$"""
            cd '{{folder.Root}}'; chmod +x faceattendance; PATH=$PWD:$PATH
            source <(faceattendance completion bash) || exit 9
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            _faceattendance faceattendance '{{line.Split(' ')[^1]}}'
            if (( ${#COMPREPLY[@]} )); then printf '%s\n' "${COMPREPLY[@]}"; else compgen -f -- '{{line.Split(' ')[^1]}}'; fi
            complete -p faceattendance
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var output = bash.StandardOutput.ReadToEnd().Split('\n');
        bash.WaitForExit();

        Assert.That(output[0], Is.EqualTo(word));
        Assert.That(output[1], Does.Contain("-o default"));
    }
}
