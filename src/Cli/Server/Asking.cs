using System.Text.Json;
using System.Text.Json.Nodes;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Server;

/// <summary>What most commands do: ask the server once, and show what it answers.</summary>
internal static class Asking
{
    private const int PageSize = 200;

    /// <returns>A success.</returns>
    /// <exception cref="CommandFailedException">The server does not answer, or refuses; the message has its code.</exception>
    public static async Task<ServerAnswer> AskAsync(
        this CommandContext context, Func<FaceServer, CancellationToken, Task<ServerAnswer>> ask, CancellationToken ct)
    {
        using var server = new FaceServer(context.Server);
        try
        {
            var answer = await Patience.WhileBusyAsync(c => ask(server, c), ct);
            if (answer.IsSuccess) return answer;
            var refusal = answer.Refusal();
            throw new CommandFailedException($"{refusal.Code}: {refusal.Message}");
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    /// <summary>Shows every item of a list that comes in pages: a line of fields for each, and one document for programs.</summary>
    /// <param name="items">What the answer calls them.</param>
    /// <param name="documentOf">The document; null for an object that holds the items under their name.</param>
    public static async Task<int> ListAsync(
        this CommandContext context, string path, Func<JsonElement, string[]> fieldsOf, CancellationToken ct,
        string items = "items", Func<IReadOnlyList<JsonElement>, object>? documentOf = null)
    {
        var all = new List<JsonElement>();
        while (true)
        {
            var offset = all.Count;
            var answer = (await context.AskAsync((server, c) => server.GetAsync($"{path}?limit={PageSize}&offset={offset}", c), ct)).Json();
            var page = answer.Items(items);
            all.AddRange(page);
            if (page.Count < PageSize) return context.Show(documentOf?.Invoke(all) ?? new { items = all }, all, fieldsOf);
        }
    }

    /// <summary>Shows a list that came as one.</summary>
    public static int Show(this CommandContext context, object document, IEnumerable<JsonElement> items,
        Func<JsonElement, string[]> fieldsOf)
    {
        if (context.Screen.IsForPrograms) context.Screen.Json(document);
        else foreach (var item in items) context.Screen.Fields(item, fieldsOf(item));
        return ExitCode.Done;
    }

    /// <summary>Shows that something was done: in words, and for programs the answer, or that all is well where the answer is
    /// empty.</summary>
    public static int Tell(this CommandContext context, ServerAnswer answer, string words)
    {
        context.Screen.Line(answer.Body.Length > 0 ? answer.Json() : new { ok = true }, words);
        return ExitCode.Done;
    }

    /// <returns>Empty where the answer has no such list.</returns>
    public static IReadOnlyList<JsonElement> Items(this JsonElement answer, string name = "items") =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : [];

    /// <returns>Undefined where there is none.</returns>
    public static JsonElement Member(this JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) ? value : default;

    /// <summary>A request's body without the members that were not given.</summary>
    public static JsonObject WithoutNulls(this object body)
    {
        var node = JsonSerializer.SerializeToNode(body)!.AsObject();
        foreach (var name in node.Where(m => m.Value is null).Select(m => m.Key).ToList()) node.Remove(name);
        return node;
    }

    /// <summary>A member as text: lists with commas.</summary>
    public static string Text(this JsonElement item, string name, string absent = "-")
    {
        var value = item.Member(name);
        return value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => absent,
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(v => v.ToString())),
            _ => value.GetRawText(),
        };
    }
}
