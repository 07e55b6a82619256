using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Privacy;

/// <summary>Whether the audit log is as it was written.</summary>
internal static class AuditCommand
{
    private const string Verify = "verify";

    private static readonly Argument<string> Action = Symbols.Operand("action", Verify, $"{Verify}, and nothing else so far");

    private static readonly Option<string> Noted =
        Symbols.Text("--noted", "rows:head", "what an earlier run printed: the log must still begin with exactly that");

    public static Command Definition { get; } = new Verb(
        "audit", "verify: find a changed or missing row of the audit log",
        """
        Has the server recompute the chain of the school's audit log, and prints the verdict: a changed row and a missing
        one, at the end too, are named by their number. Note the printed rows:head somewhere that the database's
        administrator cannot write; given again with --noted it shows that the log was not written anew since.
        Exits with 1 if something was found. Needs an administrator's credentials.
        """,
        [Action, Noted], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        if (context.Get(Action) is not Verify and var other)
            throw new UsageException($"audit takes {Verify}, not '{Screen.OneLine(other)}'.");
        var query = QueryOf(context.Get(Noted));
        using var server = new FaceServer(context.Server);
        try
        {
            var answer = await Patience.WhileBusyOrBrokenAsync(c => server.VerifyAuditAsync(query, c), ct);
            if (!answer.IsSuccess) throw new CommandFailedException(answer.Refusal().Message);
            return Show(context.Screen, answer.Read<AuditVerdictAnswer>());
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private static string QueryOf(string? noted)
    {
        if (noted is null) return "";
        var parts = noted.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            ? string.Create(CultureInfo.InvariantCulture, $"rows={rows}&head={Uri.EscapeDataString(parts[1])}")
            : throw new UsageException($"{Noted.Name} takes what an earlier run printed, such as 1234:9f86d0….");
    }

    private static int Show(Screen screen, AuditVerdictAnswer verdict)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{verdict.Rows}:{verdict.Head}");
        if (verdict.Ok)
        {
            screen.Line(verdict, string.Create(CultureInfo.InvariantCulture, $"The audit log is whole: {verdict.Rows} rows. Note: {head}"));
            return ExitCode.Done;
        }
        var at = string.Create(CultureInfo.InvariantCulture, $"row {verdict.At}");
        screen.Line(verdict, verdict.Fault switch
        {
            "missing" => $"The audit log is damaged: {at} is missing.",
            "changed" => $"The audit log is damaged: {at}, or the one before it, was changed.",
            _ => $"The audit log was written anew: {at} is not the one that was noted.",
        });
        return ExitCode.Refused;
    }
}
