using System.CommandLine;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Privacy;

/// <summary>Removes all that is kept of a student.</summary>
internal static class EraseCommand
{
    private static readonly Argument<string> Student = Symbols.Operand("student", "the student's id");
    private static readonly Option<bool> Yes = Symbols.Switch("--yes", "do not ask");

    public static Command Definition { get; } = new Verb(
        "erase", "remove all that is kept of a student, for good",
        """
        Asks first, unless --yes is given; elsewhere than on a terminal it must be. Prints the receipt, which names nobody: its id, when,
        by whom, and what was removed. Needs an administrator's credentials.
        """,
        [Student, Yes], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var student = context.Get(Student);
        if (!context.Get(Yes) && !IsConfirmed(context.Screen, student)) throw new CommandFailedException("Nothing was erased.");
        var path = $"api/v1/students/{Uri.EscapeDataString(student)}/erasure";
        var receipt = (await context.AskAsync((server, c) => server.PostJsonAsync(path, null, c), ct)).Json();
        context.Screen.Fields(
            receipt, receipt.Text("id"), receipt.Text("erased_at"), receipt.Text("erased_by"), Removed(receipt.Member("removed")));
        return ExitCode.Done;
    }

    private static bool IsConfirmed(Screen screen, string student)
    {
        if (Console.IsInputRedirected) throw new UsageException($"An erasure cannot be undone. Give {Yes.Name} where nobody can be asked.");
        screen.Error.Write(
            $"Photos, attendance and everything else of {Screen.OneLine(student)} go for good. Type the id again to erase it: ");
        return Console.In.ReadLine()?.Trim() == student;
    }

    private static string Removed(JsonElement removed) => removed.ValueKind == JsonValueKind.Object
        ? string.Join(", ", removed.EnumerateObject().Select(kind => $"{kind.Name} {kind.Value}"))
        : "";
}
