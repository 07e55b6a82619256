using System.CommandLine;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>A student's face templates.</summary>
internal static class FaceCommands
{
    private static readonly Argument<string> Student = Symbols.Operand("student", "the student's id");
    private static readonly Argument<string> Face = Symbols.Operand("face", "its id, as list shows it");

    public static Command Definition { get; } = new("faces", "a student's face templates: list, or remove")
    {
        new Verb(
            "list", "a student's face templates, newest first",
            "Prints a line for each: id, when it was enrolled, by which model's contract, by whom, and whether it came with a roster.",
            [Student],
            async (context, ct) =>
            {
                var answer = (await context.AskAsync((server, c) => server.GetAsync(PathOf(context), c), ct)).Json();
                return context.Show(answer, answer.Items(), face =>
                [
                    face.Text("id"), face.Text("enrolled_at"), face.Text("contract"), face.Text("enrolled_by"),
                    face.Text("imported") == "true" ? "import" : "-",
                ]);
            }),
        new Verb("remove", "remove one face template", "", [Student, Face], async (context, ct) =>
        {
            var path = $"{PathOf(context)}/{Uri.EscapeDataString(context.Get(Face))}";
            return context.Tell(await context.AskAsync((server, c) => server.DeleteAsync(path, c), ct), $"{context.Get(Face)} is removed.");
        }),
    };

    private static string PathOf(CommandContext context) => $"api/v1/students/{Uri.EscapeDataString(context.Get(Student))}/faces";
}
