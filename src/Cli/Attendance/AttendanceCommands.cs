using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Attendance;

/// <summary>Who was there, and a mark by hand.</summary>
internal static class AttendanceCommands
{
    private static readonly string[] Statuses = ["present", "late", "absent", "excused", "sick"];

    private static readonly Option<string> From =
        Symbols.Text("--from", "day", "the first day, YYYY-MM-DD at the school, or an instant with its offset");
    private static readonly Option<string> To = Symbols.Text("--to", "day", "the last day, included; an instant is not");
    private static readonly Option<string> Student = Symbols.Text("--student", "id", "one student's records");
    private static readonly Option<string> Class = Symbols.Text("--class", "name", "records of a class's students");
    private static readonly Option<string> Status = Symbols.Word("--status", "status", "present, late, absent, excused or sick", Statuses);
    private static readonly Option<string> Origin =
        Symbols.Word("--origin", "origin", "camera, check_in, manual or schedule", ["camera", "check_in", "manual", "schedule"]);
    private static readonly Option<string> Session = Symbols.Text("--class-session", "id", "records of one class session");
    private static readonly Option<bool> NeedsReview = Symbols.Switch("--needs-review", "those that wait for a person's look");

    private static readonly Argument<string> Marked = Symbols.Operand("student", "the student's id");
    private static readonly Option<string> MarkedAs =
        Symbols.Word("--status", "status", "present, late, absent, excused or sick", Statuses, isRequired: true);
    private static readonly Option<string> Reason = Symbols.Text("--reason", "text", "why, for the audit log", isRequired: true);
    private static readonly Option<string> MarkedIn = Symbols.Text("--class-session", "id", "in this class session");
    private static readonly Option<string> At = Symbols.Text("--at", "time", "such as 2026-01-05T07:03:00+07:00 (default: now)");
    private static readonly Option<string> Replaces = Symbols.Text("--replaces", "id", "in place of this record of the student");

    public static Command Definition { get; } = new("attendance", "who was there: today, list, or mark by hand")
    {
        new Verb(
            "today", "who was seen today",
            "Today in the school's own time zone, latest first: student, name, first and last seen, how often. Times are UTC.", [],
            (context, ct) => context.ListAsync("attendance/today", DayOf, ct)),
        new Verb(
            "list", "attendance records, earliest first",
            """
            Prints a line for each: time at the school, student, name, status, origin, class session, review, id. With --json a line
            of JSON for each.
            """,
            [From, To, Student, Class, Status, Origin, Session, NeedsReview],
            (context, ct) => ListAsync(
                context,
                Query.Of(
                    ("from", context.Get(From)), ("to", context.Get(To)), ("student_id", context.Get(Student)),
                    ("class_name", context.Get(Class)),
                    ("status", context.Get(Status)), ("origin", context.Get(Origin)), ("class_session_id", context.Get(Session)),
                    ("needs_review", context.Get(NeedsReview) ? "true" : null)), ct)),
        new Verb(
            "mark", "mark a student by hand: present, late, absent, excused or sick",
            "In a class session the mark takes the place of what stood there; the audit log keeps that. Prints the record's id.",
            [Marked, MarkedAs, Reason, MarkedIn, At, Replaces], MarkAsync),
    };

    /// <summary>Prints records page by page; every one is a result of its own.</summary>
    public static async Task<int> ListAsync(CommandContext context, string query, CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            var path = $"api/v1/attendance{query}".With("limit", "1000");
            if (cursor is not null) path = path.With("cursor", cursor);
            var page = (await context.AskAsync((server, c) => server.GetAsync(path, c), ct)).Json();
            foreach (var record in page.Items()) context.Screen.Fields(record, RecordOf(record));
            cursor = page.Text("next_cursor", "") is { Length: > 0 } next ? next : null;
        }
        while (cursor is not null);
        return ExitCode.Done;
    }

    private static async Task<int> MarkAsync(CommandContext context, CancellationToken ct)
    {
        var mark = new
        {
            student_id = context.Get(Marked), status = context.Get(MarkedAs), reason = context.Get(Reason),
            class_session_id = context.Get(MarkedIn),
            at = context.Get(At), replaces = context.Get(Replaces),
        };
        var marked = await context.AskAsync((server, c) => server.PostJsonAsync("api/v1/attendance/manual", mark.WithoutNulls(), c), ct);
        return context.Tell(marked, marked.Json().Text("id"));
    }

    private static string[] DayOf(JsonElement day) =>
        [day.Text("student_id"), day.Text("full_name"), TimeOf(day, "first_seen_ts"), TimeOf(day, "last_seen_ts"), day.Text("hits")];

    private static string TimeOf(JsonElement day, string name) =>
        long.TryParse(day.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "-";

    private static string[] RecordOf(JsonElement record) =>
    [
        record.Text("local_at"), record.Text("student_id"), record.Text("full_name"), record.Text("status"), record.Text("origin"),
        record.Text("class_session"), record.Text("needs_review") == "true" ? "review" : "-", record.Text("id"),
    ];
}
