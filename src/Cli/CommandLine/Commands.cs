using FaceAttendance.Cli.Access;
using FaceAttendance.Cli.Accounts;
using FaceAttendance.Cli.Attendance;
using FaceAttendance.Cli.Enrollment;
using FaceAttendance.Cli.Evaluation;
using FaceAttendance.Cli.Privacy;
using FaceAttendance.Cli.Recognition;
using FaceAttendance.Cli.Watching;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>The command table.</summary>
internal static class Commands
{
    public static readonly Option Server =
        new("--server", "url", $"the server's address (default: ${ServerAddress.UrlVariable}, or {ServerAddress.DefaultUrl})");

    public static readonly Option ApiKey =
        new("--api-key", "key", $"sent as a bearer token (default: ${ServerAddress.KeyVariable}, which other users cannot read)");

    public static readonly Option ApiKeyFile = new("--api-key-file", "file", "holds the key, for services and scripts");

    public static readonly Option HelpSwitch = new("--help", null, "this page");

    public static IReadOnlyList<Option> GlobalOptions { get; } = [Server, ApiKey, ApiKeyFile, HelpSwitch];

    public static IReadOnlyList<Command> All { get; } =
        [
            EnrollCommand.Definition, ImportCommand.Definition, RecognizeCommand.Definition, WatchCommand.Definition, CameraCommand.Definition,
            ExportCommand.Definition, TemplatesCommand.Definition, AuditCommand.Definition, KeyCommand.OfPrograms, KeyCommand.OfDevices,
            .. UserCommands.Definitions, .. EvaluateCommands.Definitions,
        ];

    /// <exception cref="UsageException">There is no such command.</exception>
    public static Command Find(string name) =>
        All.FirstOrDefault(c => c.Name == name) ?? throw new UsageException($"There is no command '{Screen.OneLine(name)}'.");
}
