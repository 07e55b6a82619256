using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Webhooks;

/// <summary>What was sent to a webhook, and sending it again.</summary>
internal static class DeliveryCommands
{
    private const int MostInAPage = 200;

    private static readonly string[] Statuses = ["pending", "sent", "dead"];

    private static readonly Argument<string> Webhook = Symbols.Operand("webhook", "its id, as 'webhooks list' shows it");
    private static readonly Argument<string> Delivery = Symbols.Operand("delivery", "its id, as list shows it");
    private static readonly Argument<string?> OneDelivery =
        new("delivery") { Arity = ArgumentArity.ZeroOrOne, Description = "its id; without one, all of a span of time" };

    private static readonly Option<string> Status = Symbols.Word("--status", "status", "pending, sent, or dead: given up", Statuses);
    private static readonly Option<string> From = Symbols.Text("--from", "time", "the earliest event, such as 2026-01-05T00:00:00+07:00");
    private static readonly Option<string> To = Symbols.Text("--to", "time", "events before this time");
    private static readonly Option<int> Most = Symbols.Count("--most", "n", "as many at most", 50, 1, 100_000);

    public static Command Definition { get; } = new("deliveries", "what was sent to a webhook: list, show, or replay")
    {
        new Verb(
            "list", "a webhook's deliveries, newest first",
            "Prints a line for each: id, time of the event, event, student, status, attempts, and what came of the last.",
            [Webhook, Status, From, To, Most], ListAsync),
        new Verb("show", "one delivery with every attempt and its body", "", [Webhook, Delivery], ShowAsync),
        new Verb(
            "replay", "send one delivery again, or all of a span of time",
            """
            One delivery is sent again whatever became of it. Without one, --from and --to say which events, oldest first: with --status
            those deliveries, without it all, and events that the webhook wants and never got.
            """,
            [Webhook, OneDelivery, From, To, Status], ReplayAsync),
    };

    public static string[] FieldsOf(JsonElement delivery)
    {
        var last = delivery.Items("outcomes") is [.., var newest] ? newest : default;
        return
        [
            delivery.Text("id"), delivery.Text("created_at"), delivery.Text("event"), delivery.Text("student_id"), delivery.Text("status"),
            delivery.Text("attempts"), $"{last.Text("http_status")} {last.Text("message", "")}".TrimEnd(),
        ];
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken ct)
    {
        var (found, after) = (new List<JsonElement>(), (string?)null);
        do
        {
            var limit = Math.Min(MostInAPage, context.Get(Most) - found.Count).ToString(CultureInfo.InvariantCulture);
            var query = Query.Of(
                ("status", context.Get(Status)), ("from", context.Get(From)), ("to", context.Get(To)), ("after", after), ("limit", limit));
            var page = (await context.AskAsync((server, c) => server.GetAsync(PathOf(context) + query, c), ct)).Json();
            found.AddRange(page.Items());
            after = page.Text("next", "") is { Length: > 0 } next ? next : null;
        }
        while (after is not null && found.Count < context.Get(Most));
        return context.Show(new { items = found }, found, FieldsOf);
    }

    private static async Task<int> ShowAsync(CommandContext context, CancellationToken ct)
    {
        var path = $"{PathOf(context)}/{Uri.EscapeDataString(context.Get(Delivery))}";
        var delivery = (await context.AskAsync((server, c) => server.GetAsync(path, c), ct)).Json();
        if (context.Screen.IsForPrograms) return context.Show(delivery, [], FieldsOf);
        context.Screen.Fields(delivery, FieldsOf(delivery).AsSpan()[..^1]);
        foreach (var attempt in delivery.Items("outcomes"))
        {
            context.Screen.Fields(
                attempt, $"attempt {attempt.Text("number")}", attempt.Text("at"), $"{attempt.Text("latency_ms")} ms",
                attempt.Text("http_status"),
                attempt.Text("message", ""));
        }
        context.Screen.Fields(delivery, delivery.Text("body", "erased"));
        return ExitCode.Done;
    }

    private static async Task<int> ReplayAsync(CommandContext context, CancellationToken ct)
    {
        var (from, to, status) = (context.Get(From), context.Get(To), context.Get(Status));
        if (context.Get(OneDelivery) is { Length: > 0 } id)
        {
            if ((from ?? to ?? status) is not null)
                throw new UsageException("A delivery is given, and a span of time too; give one of them.");
            var path = $"{PathOf(context)}/{Uri.EscapeDataString(id)}/replay";
            return context.Tell(await context.AskAsync((server, c) => server.PostJsonAsync(path, null, c), ct), $"{id} is sent again.");
        }
        if (from is null || to is null) throw new UsageException("deliveries replay needs <delivery>, or --from and --to.");
        var span = new { from, to, status };
        var answer = await context.AskAsync(
            (server, c) => server.PostJsonAsync($"{WebhookCommands.Webhooks}/{Uri.EscapeDataString(context.Get(Webhook))}/replay",
                span.WithoutNulls(), c), ct);
        return context.Tell(answer, $"{answer.Json().Text("replayed")} deliveries are sent again.");
    }

    private static string PathOf(CommandContext context) =>
        $"{WebhookCommands.Webhooks}/{Uri.EscapeDataString(context.Get(Webhook))}/deliveries";
}
