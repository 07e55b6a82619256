using System.CommandLine;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Privacy;

/// <summary>What a student, or who answers for the student, said to being recognised by face.</summary>
internal static class ConsentCommands
{
    private static readonly Argument<string> Student = Symbols.Operand("student", "the student's id");
    private static readonly Option<string> Method = Symbols.Text("--method", "text", "how it was said, such as paper", isRequired: true);
    private static readonly Option<string> Note = Symbols.Text("--note", "text", "such as where the form lies");

    public static Command Definition { get; } = new("consent", "consent to being recognised by face: show, set, or withdraw")
    {
        new Verb(
            "show", "what a student said, newest first",
            "Prints the state, and then a line for each time: when, state, method, note, by whom.", [Student],
            async (context, ct) => Show(context, (await context.AskAsync((server, c) => server.GetAsync(PathOf(context), c), ct)).Json())),
        new Verb("set", "note that a student consents", "", [Student, Method, Note], (context, ct) => RecordAsync(context, "given", ct)),
        new Verb(
            "withdraw", "note that a student consents no more",
            "Removes the student's face templates at once; attendance can still be marked by hand.",
            [Student, Method, Note], (context, ct) => RecordAsync(context, "withdrawn", ct)),
    };

    private static async Task<int> RecordAsync(CommandContext context, string state, CancellationToken ct)
    {
        var said = new { state, method = context.Get(Method), note = context.Get(Note) };
        var recorded = await context.AskAsync((server, c) => server.PutJsonAsync(PathOf(context), said.WithoutNulls(), c), ct);
        return Show(context, recorded.Json());
    }

    private static int Show(CommandContext context, JsonElement consent)
    {
        if (!context.Screen.IsForPrograms)
            context.Screen.Fields(
                consent, consent.Text("state"), consent.Text("is_required") == "true" ? "required here" : "not required here");
        return context.Show(consent, consent.Items("history"), said =>
            [said.Text("recorded_at"), said.Text("state"), said.Text("method"), said.Text("note"), said.Text("recorded_by")]);
    }

    private static string PathOf(CommandContext context) => $"api/v1/students/{Uri.EscapeDataString(context.Get(Student))}/consent";
}
