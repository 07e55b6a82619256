using System.Text.RegularExpressions;
using FaceAttendance.Cli.CommandLine;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.CommandLine;

[TestFixture]
public class LauncherTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [TestCase("", "A command is missing.")]
    [TestCase("enrol", "There is no command 'enrol'.")]
    [TestCase("help enrol", "There is no command 'enrol'.")]
    [TestCase("enroll --paralel 2", "enroll has no option --paralel.")]
    [TestCase("enroll a b", "'b' is one argument too many for enroll.")]
    [TestCase("user", "user needs a command: list, add, passwd, disable, enable, logout.")]
    [TestCase("user ad", "There is no command 'user ad'.")]
    [TestCase("--nonsense", "faceattendance has no option --nonsense.")]
    [TestCase("watch --server", "--server needs <url>.")]
    [TestCase("user add ann --role boss", "--role takes student, operator, device, admin, not 'boss'.")]
    [TestCase("completion fish", "There is a completion for bash and for zsh, not for 'fish'.")]
    [TestCase("user add", "user add needs <name>.")]
    [TestCase("user add ann", "user add needs --role <role>.")]
    [TestCase("user add ann --role admin --password-stdin", "Standard input holds no password.")]
    [TestCase("watch now", "'now' is one argument too many for watch.")]
    [TestCase("recognize", "recognize needs <image>.")]
    [TestCase("enroll --parallel", "--parallel needs <n>.")]
    [TestCase("enroll --parallel 0", "--parallel takes a number from 1 to 32, not '0'.")]
    [TestCase("enroll --parallel 33", "--parallel takes a number from 1 to 32, not '33'.")]
    [TestCase("enroll --parallel 1.5", "--parallel takes a whole number, not '1.5'.")]
    [TestCase("enroll --parallel two", "--parallel takes a number from 1 to 32, not 'two'.")]
    [TestCase("enroll --again=yes", "--again takes no value.")]
    [TestCase("enroll --again --again", "--again is given twice.")]
    [TestCase("watch --min-conf NaN", "--min-conf takes a number from 0 to 1, not 'NaN'.")]
    [TestCase("watch --min-conf -0.1", "--min-conf takes a number from 0 to 1, not '-0.1'.")]
    [TestCase("watch --camera ftp://cam/", "A camera's address begins with rtsp://, rtsps://, http:// or https://.")]
    [TestCase("watch --server 127.0.0.1:8000", "The address in --server is not of the form http://host[:port][/path] or https://….")]
    [TestCase("watch --server http://me:secret@host", "The address in --server is not of the form http://host[:port][/path] or https://….")]
    [TestCase("recognize a.jpg --out b.gif", "'b.gif' should end in one of .jpg, .jpeg, .png, .webp.")]
    public async Task Run_WrongCommandLine_ExitsTwoWithMessageAndHelp(string line, string message)
    {
        var outcome = await CommandRun.FinishAsync(Nothing, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.Errors, Does.StartWith(message + "\n"));
        Assert.That(outcome.Errors, Does.Contain("Usage:\n  faceattendance "));
        Assert.That(outcome.Output, Is.Empty);
    }

    [TestCase("help")]
    [TestCase("--help")]
    [TestCase("-h")]
    public async Task Run_Help_ListsEveryCommand(string word)
    {
        var outcome = await CommandRun.FinishAsync(Nothing, word);

        Assert.That(outcome.Code, Is.Zero);
        Assert.That(outcome.Output,
            Does.StartWith("Description:\n").And.Contain("Usage:\n  faceattendance [command] [options]\n").And
                .Contain("Exit codes: 0 done;"));
        foreach (var command in Commands.Root.Subcommands.Where(c => !c.Hidden))
            Assert.That(outcome.Output, Does.Match($"\n  {command.Name} .* {Regex.Escape(command.Description!)}"));
        Assert.That(outcome.Output, Does.Not.Contain("complete "));
        Assert.That(outcome.Errors, Is.Empty);
    }

    [TestCase("enrol", "Did you mean enroll?")]
    [TestCase("enroll --agian", "Did you mean --again?")]
    [TestCase("watch --sever x", "Did you mean --server?")]
    [TestCase("usr add", "Did you mean user?")]
    [TestCase("user ad", "Did you mean add?")]
    public async Task Run_MisspeltWord_SaysWhatWasMeant(string line, string hint)
    {
        var outcome = await CommandRun.FinishAsync(Nothing, line.Split(' '));

        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.Errors.Split('\n')[1], Is.EqualTo(hint));
    }

    [Test]
    public async Task Run_WordLikeNone_GuessesNothing()
    {
        var outcome = await CommandRun.FinishAsync(Nothing, "photosynthesis");

        Assert.That(outcome.Errors, Does.StartWith("There is no command 'photosynthesis'.\n\n"));
    }

    [TestCase("fa_right", "--api-key", "fa_right", "recognize", "{0}")]
    [TestCase("fa_right", "recognize", "--api-key=fa_right", "--", "{0}")]
    public async Task Run_OptionsBeforeTheCommandOrAfter_AreTaken(string key, params string[] words)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ContractServer.StartAsync();
        server.Key = key;
        var image = folder.Write("a.jpg", "x");

        var outcome = await CommandRun.FinishAsync(
            new Dictionary<string, string> { ["FACE_SERVER"] = server.Url }, [.. words.Select(w => w == "{0}" ? image : w)]);

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
    }

    [TestCase("help enroll")]
    [TestCase("enroll --help")]
    [TestCase("enroll -h")]
    [TestCase("enroll folder -h --nonsense")]
    public async Task Run_HelpOfCommand_ShowsItsOptions(string line)
    {
        var outcome = await CommandRun.FinishAsync(Nothing, line.Split(' '));

        Assert.That(outcome.Code, Is.Zero);
        Assert.That(outcome.Output, Does.Contain("\nUsage:\n  faceattendance enroll [<folder>] [options]\n"));
        Assert.That(outcome.Output, Does.Contain("Run it as often as you like"));
        Assert.That(outcome.Output, Does.Contain("--parallel <n>"));
        Assert.That(outcome.Output, Does.Contain("--server <url>"));
    }

    [Test]
    public async Task Run_Version_PrintsOneLine()
    {
        var outcome = await CommandRun.FinishAsync(Nothing, "--version");

        Assert.That(outcome.Code, Is.Zero);
        Assert.That(outcome.Output, Does.Match(@"\Afaceattendance \d+\.\d+\.\d+\n\z"));
    }

    [Test]
    public async Task Run_KeyNoHeaderCanCarry_ExitsTwoWithoutShowingIt()
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string> { ["FACE_API_KEY"] = "fa_geheim\nX-Evil: 1" }, "watch");

        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.Errors, Does.StartWith("The key in FACE_API_KEY holds"));
        Assert.That(outcome.Errors, Does.Not.Contain("geheim"));
    }

    [Test]
    public async Task Run_NoServer_ExitsThreeWithOneMessage()
    {
        using var folder = new TemporaryFolder();
        var image = folder.Write("a.jpg", "x");
        var nobody = new Dictionary<string, string> { ["FACE_SERVER"] = "http://127.0.0.1:1" };

        var outcome = await CommandRun.FinishAsync(nobody, "recognize", image);

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Errors, Does.StartWith("No answer from http://127.0.0.1:1: Connection refused. Is the server running?"));
        Assert.That(outcome.Errors.Count(c => c == '\n'), Is.EqualTo(1));
        Assert.That(outcome.Output, Is.Empty);
    }

    [Test]
    public async Task Run_ServerOption_WinsOverEnvironment()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ContractServer.StartAsync();
        var image = folder.Write("a.jpg", "x");
        var nobody = new Dictionary<string, string> { ["FACE_SERVER"] = "http://127.0.0.1:1" };

        var outcome = await CommandRun.FinishAsync(nobody, "recognize", image, $"--server={server.Url}");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
        Assert.That(server.Requests, Is.EqualTo(new[] { "POST /recognize" }));
    }

    [TestCase(null, "Give a key with FACE_API_KEY or --api-key.")]
    [TestCase("fa_wrong", "The key that was given is not valid here or lacks the right.")]
    public async Task Run_NotLetIn_ExitsThreeAndSaysWhatToDo(string? key, string remedy)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ContractServer.StartAsync();
        server.Key = "fa_right";
        var image = folder.Write("a.jpg", "x");
        var environment = new Dictionary<string, string> { ["FACE_SERVER"] = server.Url, ["FACE_API_KEY"] = key ?? "" };

        var outcome = await CommandRun.FinishAsync(environment, "recognize", image);

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Errors, Is.EqualTo($"{server.Url} does not let this caller in (HTTP 401). {remedy}\n"));
    }

    [Test]
    public async Task Run_Key_IsSentAsBearer()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ContractServer.StartAsync();
        server.Key = "fa_right";
        var image = folder.Write("a.jpg", "x");
        var environment = new Dictionary<string, string> { ["FACE_SERVER"] = server.Url, ["FACE_API_KEY"] = "fa_other" };

        var outcome = await CommandRun.FinishAsync(environment, "recognize", image, "--api-key", "fa_right");

        Assert.That(outcome.Code, Is.Zero, outcome.Errors);
    }

    [Test]
    public async Task Run_AnotherKindOfServer_ExitsThree()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ContractServer.StartAsync();
        server.RecognizeBody = "<html>Welcome to nginx</html>";
        var image = folder.Write("a.jpg", "x");

        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string> { ["FACE_SERVER"] = server.Url }, "recognize", image);

        Assert.That(outcome.Code, Is.EqualTo(3));
        Assert.That(outcome.Errors, Does.StartWith("The answer (HTTP 200) is not a FaceAttendance server's."));
    }

    [Test]
    public async Task Run_AsProcess_GivesExitCodeToItsCaller()
    {
        using var usage = ChildProcess.Start(Nothing, "nonsense");
        using var help = ChildProcess.Start(Nothing, "help");

        Assert.That((await usage.EndAsync()).Code, Is.EqualTo(2));
        Assert.That((await help.EndAsync()).Code, Is.Zero);
    }
}
