using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Access;

/// <summary>What an administrator does with the keys of programs and of devices.</summary>
internal static class KeyCommand
{
    private const string Add = "add";
    private const string List = "list";
    private const string Revoke = "revoke";
    private const string Keys = "api/v1/api-keys";
    private const string Devices = "api/v1/devices";

    private static readonly Option Name = new("--name", "text", "what the key is for");
    private static readonly Option Scopes = new("--scopes", "list", "what it lets its bearer do, separated by commas");
    private static readonly Option Expires = new("--expires", "time", "such as 2030-01-01T00:00:00Z (default: never)");
    private static readonly Option Id = new("--id", "id", "the key, as list shows it");
    private static readonly Option DeviceId = new("--id", "id", "the device, such as gate-1");

    public static Command OfPrograms { get; } = new(
        "key", new("action", List), "API keys: list, add, or revoke",
        """
        list (the default) prints the school's keys. add makes one with --name and --scopes and prints it, this once.
        revoke ends the one that --id names, at once. Scopes: enroll, recognize, liveness, presence, attendance:read,
        attendance:write, webhooks, and admin, which includes all. Needs an administrator's credentials.
        """,
        [Name, Scopes, Expires, Id],
        (context, ct) => RunAsync(context, "key", Keys, context.Arguments[Id], "name", NewKey, ct));

    public static Command OfDevices { get; } = new(
        "device", new("action", List), "cameras, kiosks and gates: list, add, or revoke",
        """
        list (the default) prints the school's devices and whether each was heard of lately. add makes one with --id and
        prints its key, this once; --scopes may be recognize, liveness and presence (default: all three). revoke removes
        the device and ends its key. Needs an administrator's credentials.
        """,
        [DeviceId, Name, Scopes],
        (context, ct) => RunAsync(context, "device", Devices, context.Arguments[DeviceId], "device_id", NewDevice, ct));

    private static async Task<int> RunAsync(
        CommandContext context, string command, string path, string? id, string label, Func<Arguments, object> make, CancellationToken ct)
    {
        using var server = new FaceServer(context.Server);
        try
        {
            switch (context.Arguments.Operand)
            {
                case List:
                    for (var offset = 0; ;)
                    {
                        var page = Checked(await server.GetAsync($"{path}?limit=200&offset={offset}", ct)).Read<KeyPageAnswer>();
                        foreach (var key in page.Items ?? []) Show(context.Screen, key);
                        offset += page.Items?.Count ?? 0;
                        if (page.Items is not { Count: > 0 } || offset >= page.Total) return ExitCode.Done;
                    }
                case Add:
                    var made = Checked(await server.PostJsonAsync(path, make(context.Arguments), ct)).Read<KeyAnswer>();
                    context.Screen.Line(made.Key ?? "");
                    context.Screen.Note($"Keep it: it is not shown again. Its {label} is {(label == "name" ? made.Name : made.DeviceId)}.");
                    return ExitCode.Done;
                case Revoke:
                    Checked(await server.DeleteAsync($"{path}/{Uri.EscapeDataString(id ?? throw new UsageException($"{command} {Revoke} needs --id."))}", ct));
                    return ExitCode.Done;
                case var other:
                    throw new UsageException($"{command} takes {List}, {Add} or {Revoke}, not '{Screen.OneLine(other)}'.");
            }
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private static object NewKey(Arguments arguments) => new
    {
        name = arguments[Name] ?? throw new UsageException("key add needs --name."),
        scopes = Split(arguments[Scopes] ?? throw new UsageException("key add needs --scopes.")),
        expires_at = arguments[Expires],
    };

    private static object NewDevice(Arguments arguments)
    {
        var id = arguments[DeviceId] ?? throw new UsageException("device add needs --id.");
        return new { device_id = id, name = arguments[Name] ?? id, scopes = arguments[Scopes] is { } scopes ? Split(scopes) : null };
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static void Show(Screen screen, KeyAnswer key) => screen.Fields(
        key.DeviceId ?? key.Id ?? "", key.Name ?? "", key.Prefix ?? "", string.Join(',', key.Scopes ?? []), key.State ?? key.Status ?? "",
        key.DeviceId is null ? $"used {key.LastUsedAt ?? "never"}" : $"heard of {key.LastHeartbeatAt ?? "never"}");

    private static ServerAnswer Checked(ServerAnswer answer) => answer.IsSuccess ? answer : throw new CommandFailedException(answer.Refusal().Message);
}
