using System.CommandLine;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Access;

/// <summary>What an administrator does with the keys of programs and of devices.</summary>
internal static class KeyCommands
{
    private const string Keys = "api/v1/api-keys";
    private const string Devices = "api/v1/devices";
    private const string NeedsAdmin = "Needs an administrator's credentials.";

    private static readonly Option<string> Name = Symbols.Text("--name", "text", "what the key is for", isRequired: true);
    private static readonly Option<string> DeviceName = Symbols.Text("--name", "text", "what people call it (default: its id)");
    private static readonly Option<string[]> Scopes =
        Symbols.List("--scopes", "list", "what it lets its bearer do, separated by commas", isRequired: true);
    private static readonly Option<string[]> DeviceScopes =
        Symbols.List("--scopes", "list", "any of recognize, liveness and presence (default: all three)");
    private static readonly Option<string> Expires = Symbols.Text("--expires", "time", "such as 2030-01-01T00:00:00Z (default: never)");
    private static readonly Option<string> Id = Symbols.Text("--id", "id", "the key, as list shows it", isRequired: true);
    private static readonly Option<string> DeviceId = Symbols.Text("--id", "id", "the device, such as gate-1", isRequired: true);

    public static Command OfPrograms { get; } = new Verb(
        "key", "API keys: list, add, or revoke", $"Lists the school's keys when nothing else is asked for. {NeedsAdmin}",
        [
            new Verb("list", "the school's keys", NeedsAdmin, [], (context, ct) => context.ListAsync(Keys, FieldsOf, ct)),
            new Verb(
                "add", "make a key and print it, this once",
                $"""
                Scopes: enroll, recognize, liveness, presence, attendance:read, attendance:write, webhooks, and admin, which includes
                all. {NeedsAdmin}
                """,
                [Name, Scopes, Expires],
                (context, ct) => AddAsync(
                    context, Keys, new { name = context.Get(Name), scopes = context.Get(Scopes), expires_at = context.Get(Expires) },
                    key => $"Its name is {key.Text("name")}.", ct)),
            new Verb("revoke", "end a key, at once", NeedsAdmin, [Id], (context, ct) => RevokeAsync(context, Keys, context.Get(Id)!, ct)),
        ],
        (context, ct) => context.ListAsync(Keys, FieldsOf, ct));

    public static Command OfDevices { get; } = new Verb(
        "device", "cameras, kiosks and gates: list, add, or revoke",
        $"Lists the school's devices, and whether each was heard of lately, when nothing else is asked for. {NeedsAdmin}",
        [
            new Verb("list", "the school's devices", NeedsAdmin, [], (context, ct) => context.ListAsync(Devices, FieldsOf, ct)),
            new Verb("add", "make a device and print its key, this once", NeedsAdmin, [DeviceId, DeviceName, DeviceScopes], AddDeviceAsync),
            new Verb(
                "revoke", "remove a device and end its key", NeedsAdmin, [DeviceId],
                (context, ct) => RevokeAsync(context, Devices, context.Get(DeviceId)!, ct)),
        ],
        (context, ct) => context.ListAsync(Devices, FieldsOf, ct));

    private static Task<int> AddDeviceAsync(CommandContext context, CancellationToken ct)
    {
        var id = context.Get(DeviceId);
        var device = new { device_id = id, name = context.Get(DeviceName) ?? id, scopes = context.Get(DeviceScopes) };
        return AddAsync(context, Devices, device, key => $"Its device_id is {key.Text("device_id")}.", ct);
    }

    private static async Task<int> AddAsync(CommandContext context, string path, object body, Func<JsonElement, string> whose,
        CancellationToken ct)
    {
        var made = await context.AskAsync((server, c) => server.PostJsonAsync(path, body, c), ct);
        context.Tell(made, made.Json().Text("key"));
        context.Screen.Note($"Keep it: it is not shown again. {whose(made.Json())}");
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(CommandContext context, string path, string id, CancellationToken ct)
    {
        var answer = await context.AskAsync((server, c) => server.DeleteAsync($"{path}/{Uri.EscapeDataString(id)}", c), ct);
        return context.Tell(answer, $"{id} is revoked.");
    }

    private static string[] FieldsOf(JsonElement key) =>
    [
        key.Text(
            "device_id", key.Text("id")), key.Text("name"), key.Text("prefix"), key.Text("scopes"), key.Text("state", key.Text("status")),
        key.TryGetProperty(
            "device_id", out _) ? $"heard of {key.Text("last_heartbeat_at", "never")}" : $"used {key.Text("last_used_at", "never")}",
    ];
}
