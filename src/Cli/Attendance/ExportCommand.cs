using System.CommandLine;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Attendance;

/// <summary>Writes attendance as CSV.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> What = Symbols.Operand("attendance", "attendance", "what to export");
    private static readonly Option<string> From =
        Symbols.Text("--from", "day", "the first day, YYYY-MM-DD at the school, or an instant with its offset");
    private static readonly Option<string> To = Symbols.Text("--to", "day", "the last day, included; an instant is not");
    private static readonly Option<string> Student = Symbols.Text("--student", "id", "one student's records");
    private static readonly Option<string> Class = Symbols.Text("--class", "name", "records of a class's students");

    public static Command Definition { get; } = new Verb(
        "export", "write attendance as CSV to standard output",
        """
        Writes the school's attendance records to standard output as CSV, earliest first, with dates and times as the
        clock at the school showed them: faceattendance export attendance --from 2026-01-01 --to 2026-01-31 > january.csv
        With --json each record is a line of its own.
        """,
        [What, From, To, Student, Class], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        if (context.Get(What) is not "attendance" and var other)
            throw new UsageException($"There is no export of '{Screen.OneLine(other)}'.");
        var query = Query.Of(
            ("from", context.Get(From)), ("to", context.Get(To)), ("student_id", context.Get(Student)), ("class_name", context.Get(Class)));
        if (context.Screen.IsForPrograms) return await AttendanceCommands.ListAsync(context, query, ct);

        using var server = new FaceServer(context.Server);
        var begun = false;
        try
        {
            var answer = await Patience.WhileBusyAsync(c => server.ExportAttendanceAsync(query, ReadAsync, c), ct);
            return answer.IsSuccess ? ExitCode.Done : throw new CommandFailedException(answer.Refusal().Message);
        }
        catch (NoAnswerException e)
        {
            throw begun
                ? new CommandFailedException($"The export broke off, so what was written is not all of it: {e.Message}.", ExitCode.NoServer)
                : server.Unreachable(e);
        }

        async Task ReadAsync(StreamReader csv)
        {
            var buffer = new char[16 * 1024];
            int read;
            while ((read = await csv.ReadAsync(buffer, ct)) > 0)
            {
                begun = true;
                context.Screen.Page(new string(buffer, 0, read));
            }
        }
    }
}
