using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Webhooks;

/// <summary>Where events are sent.</summary>
internal static class WebhookCommands
{
    public const string Webhooks = "api/v1/webhooks";

    private static readonly Argument<string> Url = Symbols.Operand("url", "https://…, to which signed events are posted");
    private static readonly Argument<string> Id = Symbols.Operand("id", "the webhook, as list shows it");

    private static readonly Option<string> Description = Symbols.Text("--description", "text", "what it is for");
    private static readonly Option<string[]> Events = Symbols.List("--events", "list", "types of events, between commas (default: all)");
    private static readonly Option<string> Headers =
        Symbols.Text("--headers-file", "file", "a line 'Name: value' for each header to send along; what they say is shown nowhere");
    private static readonly Option<double?> Overlap =
        Symbols.Number("--overlap-hours", "n", "how long the old secret's signature is sent too, 0 to 720 (default: 24)", 0, 720);

    public static Command Definition { get; } = new Verb(
        "webhooks", "receivers of events: list, add, remove, rotate-secret, test, enable, disable",
        "Lists the school's webhooks when nothing else is asked for.",
        [
            new Verb("list", "the school's webhooks", "Prints a line for each: id, state, address, events.", [], ListAsync),
            new Verb("add", "make a webhook", "Prints its id, and the secret that deliveries are signed with, this once.",
                [Url, Description, Events, Headers], AddAsync),
            new Verb("remove", "remove a webhook and its deliveries", "", [Id], RemoveAsync),
            new Verb("rotate-secret", "give a webhook a new secret", "Prints it, this once.", [Id, Overlap], RotateAsync),
            new Verb("test", "send a test event now", "Exits with 1 unless the receiver accepted it.", [Id], TestAsync),
            new Verb("enable", "send to a webhook again", "What waited meanwhile is sent.", [Id],
                (context, ct) => SwitchAsync(context, true, ct)),
            new Verb("disable", "stop sending to a webhook", "What happens meanwhile waits.", [Id],
                (context, ct) => SwitchAsync(context, false, ct)),
        ],
        ListAsync);

    private static async Task<int> ListAsync(CommandContext context, CancellationToken ct)
    {
        var answer = (await context.AskAsync((server, c) => server.GetAsync(Webhooks, c), ct)).Json();
        return context.Show(answer, answer.Items(), FieldsOf);
    }

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        var body = new { url = context.Get(Url), description = context.Get(Description), events = context.Get(Events),
            headers = ReadHeaders(context) };
        var added = await context.AskAsync((server, c) => server.PostJsonAsync(Webhooks, body.WithoutNulls(), c), ct);
        context.Screen.Fields(added.Json(), added.Json().Text("id"), added.Json().Text("secret"));
        context.Screen.Note("Keep the secret: it is not shown again.");
        return ExitCode.Done;
    }

    private static async Task<int> RemoveAsync(CommandContext context, CancellationToken ct) =>
        context.Tell(await context.AskAsync((server, c) => server.DeleteAsync(PathOf(context), c), ct), $"{context.Get(Id)} is removed.");

    private static async Task<int> RotateAsync(CommandContext context, CancellationToken ct)
    {
        var query = Query.Of(("overlap_hours", context.Get(Overlap)?.ToString(CultureInfo.InvariantCulture)));
        var rotated = await context.AskAsync((server, c) => server.PostJsonAsync($"{PathOf(context)}/rotate-secret{query}", null, c), ct);
        context.Tell(rotated, rotated.Json().Text("secret"));
        context.Screen.Note(
            $"Keep it: it is not shown again. The old one is good until {rotated.Json().Text("previous_secret_until", "now")}.");
        return ExitCode.Done;
    }

    private static async Task<int> TestAsync(CommandContext context, CancellationToken ct)
    {
        var tested = (await context.AskAsync((server, c) => server.PostJsonAsync($"{PathOf(context)}/test", null, c), ct)).Json();
        context.Screen.Fields(tested, DeliveryCommands.FieldsOf(tested));
        return tested.Text("status") == "sent" ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<int> SwitchAsync(CommandContext context, bool enabled, CancellationToken ct)
    {
        var changed = await context.AskAsync((server, c) => server.PatchJsonAsync(PathOf(context), new { enabled }, c), ct);
        return context.Tell(changed, $"{context.Get(Id)} is {(enabled ? "enabled" : "disabled")}.");
    }

    private static string PathOf(CommandContext context) => $"{Webhooks}/{Uri.EscapeDataString(context.Get(Id))}";

    private static Dictionary<string, string>? ReadHeaders(CommandContext context)
    {
        if (context.Get(Headers) is not { } file) return null;
        var headers = new Dictionary<string, string>();
        try
        {
            foreach (var line in File.ReadLines(file).Where(l => !string.IsNullOrWhiteSpace(l)))
            {
                if (line.Split(':', 2) is not [var name, var value])
                    throw new CommandFailedException($"{file} holds a line that is not of the form Name: value.");
                headers[name.Trim()] = value.Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The headers cannot be read: {e.Message}");
        }
        return headers;
    }

    private static string[] FieldsOf(JsonElement webhook)
    {
        var state = webhook.Text("enabled") == "true" ? webhook.Text("failing_since") == "-" ? "enabled" : "failing"
            : $"disabled ({webhook.Text("disabled_reason")})";
        return [webhook.Text("id"), state, webhook.Text("url"), webhook.Text("events", "") is { Length: > 0 } some ? some : "all"];
    }
}
