using System.Reflection;
using System.Text;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>The help pages, made from the command table.</summary>
internal static class Help
{
    public const string Program = "faceattendance";

    // Descriptions begin in one column; a longer usage pushes its own to the next line.
    private const int DescriptionColumn = 28;

    public static string Version =>
        typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static string Overview()
    {
        var page = new StringBuilder();
        page.Append($"{Program} - enrols students, recognises faces and listens, against a running FaceAttendance server\n\n");
        page.Append($"Usage: {Program} <command> [options]\n\nCommands:\n");
        foreach (var command in Commands.All) Row(page, command.Usage, command.Summary);
        Row(page, "help [<command>]", "this page, or a command's own");
        page.Append("\nOptions of every command:\n");
        foreach (var option in Commands.GlobalOptions) Row(page, option.Usage, option.Help);
        Row(page, "--version", "the program's version");
        page.Append("\nExit codes: 0 done; 1 something was refused or could not be done; 2 wrong command line;\n");
        page.Append("3 no usable server; 130 interrupted\n");
        return page.ToString();
    }

    public static string Of(Command command)
    {
        var page = new StringBuilder();
        page.Append($"Usage: {Program} {command.Usage} [options]\n\n{command.Details}\n\nOptions:\n");
        foreach (var option in command.Options.Concat(Commands.GlobalOptions)) Row(page, option.Usage, option.Help);
        return page.ToString();
    }

    private static void Row(StringBuilder page, string usage, string description)
    {
        page.Append("  ").Append(usage);
        var used = usage.Length + 2;
        if (used >= DescriptionColumn)
        {
            page.Append('\n');
            used = 0;
        }
        page.Append(' ', DescriptionColumn - used).Append(description).Append('\n');
    }
}
