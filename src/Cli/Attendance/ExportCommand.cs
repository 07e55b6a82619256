using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Attendance;

/// <summary>Writes attendance as CSV.</summary>
internal static class ExportCommand
{
    private static readonly Option From = new("--from", "day", "the first day, YYYY-MM-DD at the school, or an instant with its offset");
    private static readonly Option To = new("--to", "day", "the last day, included; an instant is not");
    private static readonly Option Student = new("--student", "id", "one student's records");
    private static readonly Option Class = new("--class", "name", "records of a class's students");

    public static Command Definition { get; } = new(
        "export", new("attendance", "attendance"),
        "write attendance as CSV to standard output",
        """
        Writes the school's attendance records to standard output as CSV, earliest first, with dates and times as the
        clock at the school showed them: faceattendance export attendance --from 2026-01-01 --to 2026-01-31 > january.csv
        """,
        [From, To, Student, Class], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var arguments = context.Arguments;
        if (arguments.Operand != "attendance") throw new UsageException($"There is no export of '{Screen.OneLine(arguments.Operand)}'.");
        var query = string.Join('&', new[] { ("from", From), ("to", To), ("student_id", Student), ("class_name", Class) }
            .Where(f => arguments.Has(f.Item2)).Select(f => $"{f.Item1}={Uri.EscapeDataString(arguments[f.Item2]!)}"));

        using var server = new FaceServer(context.Server);
        var begun = false;
        try
        {
            var answer = await Patience.WhileBusyAsync(c => server.ExportAttendanceAsync(query, ReadAsync, c), ct);
            return answer.IsSuccess ? ExitCode.Done : throw new CommandFailedException(answer.Refusal().Message);
        }
        catch (NoAnswerException e)
        {
            throw begun ? new CommandFailedException($"The export broke off, so what was written is not all of it: {e.Message}.", ExitCode.NoServer) : server.Unreachable(e);
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
