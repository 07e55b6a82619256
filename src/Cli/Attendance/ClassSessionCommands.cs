using System.CommandLine;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Attendance;

/// <summary>Lessons that attendance is kept for.</summary>
internal static class ClassSessionCommands
{
    private const string Sessions = "api/v1/class-sessions";

    private static readonly Argument<string> Id = Symbols.Operand("id", "the class session, as list shows it");

    private static readonly Option<string> From = Symbols.Text("--from", "time", "such as 2026-01-05T00:00:00+07:00 (default: a day ago)");
    private static readonly Option<string> To = Symbols.Text("--to", "time", "the end of the span (default: a week after its beginning)");

    private static readonly Option<string> Name = Symbols.Text("--name", "text", "such as \"7B Mathematics\"", isRequired: true);
    private static readonly Option<string> StartsAt =
        Symbols.Text("--starts-at", "time", "such as 2026-01-05T07:00:00+07:00", isRequired: true);
    private static readonly Option<string> EndsAt = Symbols.Text("--ends-at", "time", "who has no record then is absent", isRequired: true);
    private static readonly Option<string> OpensAt =
        Symbols.Text("--opens-at", "time", "the earliest check-in (default: 15 minutes before the start)");
    private static readonly Option<int?> Grace = Symbols.Count("--grace-minutes", "n", "so late is not late yet (default: 10)", 0, 1440);
    private static readonly Option<string[]> Roster = Symbols.List("--roster", "ids", "the students, between commas");
    private static readonly Option<string> RosterFile = Symbols.Text("--roster-file", "file", "the students, one id a line");

    private static readonly Option<string[]> Add = Symbols.List("--add", "ids", "put these students on the roster");
    private static readonly Option<string[]> Remove = Symbols.List("--remove", "ids", "take these students off the roster");

    public static Command Definition { get; } = new Verb(
        "class-sessions", "lessons to keep attendance for: list, add, roster, or remove",
        "Lists the school's class sessions of the coming week when nothing else is asked for.",
        [
            new Verb("list", "class sessions by their start", "At most 200. Prints id, start, end, name and whether absences are written.",
                [From, To], ListAsync),
            new Verb(
                "add", "announce a class session",
                "Prints its id. Until the grace is over a check-in is present, then late until the end.",
                [Name, StartsAt, EndsAt, OpensAt, Grace, Roster, RosterFile], AddAsync),
            new Verb(
                "roster", "who belongs to a class session, and the attendance of each",
                "Prints a line for each: student, name, status, time and origin. A student with attendance stays on the roster.",
                [Id, Add, Remove], ShowRosterAsync),
            new Verb("remove", "remove a class session without attendance", "", [Id], RemoveAsync),
        ],
        ListAsync);

    private static async Task<int> ListAsync(CommandContext context, CancellationToken ct)
    {
        var query = Query.Of(("from", context.Get(From)), ("to", context.Get(To)));
        var answer = (await context.AskAsync((server, c) => server.GetAsync(Sessions + query, c), ct)).Json();
        return context.Show(answer, answer.Items(), s =>
            [s.Text("id"), s.Text("starts_at"), s.Text("ends_at"), s.Text("name"), s.Text("settled_at") == "-" ? "open" : "settled"]);
    }

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        var body = new
        {
            name = context.Get(Name), starts_at = context.Get(StartsAt), ends_at = context.Get(EndsAt), opens_at = context.Get(OpensAt),
            grace_minutes = context.Get(Grace), roster = ReadRoster(context),
        };
        var added = await context.AskAsync((server, c) => server.PostJsonAsync(Sessions, body.WithoutNulls(), c), ct);
        return context.Tell(added, added.Json().Text("id"));
    }

    private static async Task<int> ShowRosterAsync(CommandContext context, CancellationToken ct)
    {
        var path = PathOf(context);
        var session = (await context.AskAsync((server, c) => server.GetAsync(path, c), ct)).Json();
        var (add, remove) = (context.Get(Add) ?? [], context.Get(Remove) ?? []);
        if (add.Length + remove.Length > 0)
        {
            var now = session.Items("attendance").Select(a => a.Text("student_id")).ToList();
            if (remove.Except(now).FirstOrDefault() is { } stranger)
                throw new UsageException($"{Screen.OneLine(stranger)} is not on the roster.");
            // A class session is announced anew as a whole.
            var body = new
            {
                name = session.Text("name"), opens_at = session.Text("opens_at"), starts_at = session.Text("starts_at"),
                ends_at = session.Text("ends_at"),
                grace_minutes = session.Member("grace_minutes"), roster = now.Union(add).Except(remove),
            };
            session = (await context.AskAsync((server, c) => server.PutJsonAsync(path, body, c), ct)).Json();
        }
        return context.Show(session, session.Items("attendance"), FieldsOf);
    }

    private static async Task<int> RemoveAsync(CommandContext context, CancellationToken ct) =>
        context.Tell(await context.AskAsync((server, c) => server.DeleteAsync(PathOf(context), c), ct), $"{context.Get(Id)} is removed.");

    private static string PathOf(CommandContext context) => $"{Sessions}/{Uri.EscapeDataString(context.Get(Id))}";

    private static string[] FieldsOf(JsonElement entry)
    {
        var record = entry.Member("record");
        return [entry.Text("student_id"), entry.Text("full_name"), record.Text("status"), record.Text("at"), record.Text("origin")];
    }

    private static string[] ReadRoster(CommandContext context)
    {
        if (context.Get(RosterFile) is not { } file) return context.Get(Roster) ?? [];
        if (context.Get(Roster) is not null) throw new UsageException($"{Roster.Name} and {RosterFile.Name} are given both.");
        try
        {
            return [.. System.IO.File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The roster {file} cannot be read: {e.Message}");
        }
    }
}
