using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using FaceAttendance.Cli.Access;
using FaceAttendance.Cli.Accounts;
using FaceAttendance.Cli.Attendance;
using FaceAttendance.Cli.Cameras;
using FaceAttendance.Cli.Enrollment;
using FaceAttendance.Cli.Evaluation;
using FaceAttendance.Cli.Operations;
using FaceAttendance.Cli.Presence;
using FaceAttendance.Cli.Privacy;
using FaceAttendance.Cli.Recognition;
using FaceAttendance.Cli.Watching;
using FaceAttendance.Cli.Webhooks;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>The tree of commands.</summary>
internal static class Commands
{
    public const string Program = "faceattendance";

    public static readonly Option<string> Server = OfEveryCommand(Symbols.Text(
        "--server", "url", $"the server's address (default: ${ServerAddress.UrlVariable}, or {ServerAddress.DefaultUrl})"));

    public static readonly Option<string> ApiKey = OfEveryCommand(Symbols.Text(
        "--api-key", "key", $"sent as a bearer token (default: ${ServerAddress.KeyVariable}, which other users cannot read)"));

    public static readonly Option<string> ApiKeyFile =
        OfEveryCommand(Symbols.Text("--api-key-file", "file", "holds the key, for services and scripts"));

    public static readonly Option<bool> Json =
        OfEveryCommand(Symbols.Switch("--json", "print results as JSON, named as the API names them"));

    public static string Version { get; } =
        typeof(
            Commands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    // Not a RootCommand, which is named after whatever program runs it.
    public static Command Root { get; } =
        new(Program, "Enrols students, recognises faces and keeps attendance, against a running FaceAttendance server.")
    {
        EnrollCommand.Definition, ImportCommand.Definition, RecognizeCommand.Definition, WatchCommand.Definition, CameraCommand.Definition,
        AttendanceCommands.Definition, ExportCommand.Definition, ClassSessionCommands.Definition, SiteCommands.Definition,
        FaceCommands.Definition, ConsentCommands.Definition, EraseCommand.Definition,
        WebhookCommands.Definition, DeliveryCommands.Definition,
        KeyCommands.OfPrograms, KeyCommands.OfDevices, CameraCommands.Definition, UserCommands.Definition,
        TemplatesCommand.Definition, AuditCommand.Definition, DoctorCommand.Definition, EvaluateCommands.Definition,
        CompletionCommands.Script, CompletionCommands.Words, HelpCommand.Definition,
        Server, ApiKey, ApiKeyFile, Json,
        new HelpOption("--help", ["-h"]) { Action = new HelpPage(), Description = "this page" },
        new VersionOption("--version", []) { Action = new VersionLine(), Description = "the program's version" },
    };

    // A word that begins with @ is a word, and -ab is not -a -b.
    public static ParserConfiguration Grammar { get; } = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private static Option<T> OfEveryCommand<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }
}
