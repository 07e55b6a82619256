using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Cameras;

/// <summary>The cameras that the server itself looks through. Unlike <c>watch --camera</c>, which is a program beside it.</summary>
internal static class CameraCommands
{
    private const string Cameras = "api/v1/cameras";
    private const string NeedsAdmin = "Needs an administrator's credentials.";

    // What an answer has and a body does not: how it goes with the camera.
    private static readonly string[] Said =
    [
        "name", "source", "device_id", "location_id", "class_id", "hours", "region", "min_face_px", "direction", "frames_per_second",
    ];

    private static readonly Argument<string> Source =
        Symbols.Operand("source", "rtsp://…, http://…, a device or a video file of the server's machine, or push");

    private static readonly Argument<string> Id = Symbols.Operand("id", "the camera, as list shows it");

    private static readonly Option<string> Name = Symbols.Text("--name", "text", "what people call it", isRequired: true);

    private static readonly Option<string> Device =
        Symbols.Text("--device-id", "id", "what its frames come from, such as gate-1", isRequired: true);

    private static readonly Option<string> User = Symbols.Text("--user", "name", "whom the camera lets in; its password is asked for");

    private static readonly Option<bool> FromInput =
        Symbols.Switch("--password-stdin", "read the password from standard input, one line, on a terminal too");

    private static readonly Option<string> Location = Symbols.Text("--location-id", "id", "passed on in events");
    private static readonly Option<string> Class = Symbols.Text("--class-id", "id", "passed on in events");

    private static readonly Option<string[]> Days =
        Symbols.List("--weekdays", "list", "with --from and --to: when it is looked through, such as monday,tuesday (default: always)");

    private static readonly Option<string> From = Symbols.Text("--from", "time", "such as 06:00, by the clock at the school");
    private static readonly Option<string> To = Symbols.Text("--to", "time", "such as 16:00");

    private static readonly Option<string[]> Region =
        Symbols.List("--region", "list", "left,top,width,height in shares of the picture: where the middle of a face must lie");

    private static readonly Option<int?> MinFace = Symbols.Count("--min-face-px", "pixels", "least height of a face", 1, 4000);

    private static readonly Option<string> Direction =
        Symbols.Word("--direction", "word", "which way people walk there: in, out or both (default: both)", ["in", "out", "both"]);

    private static readonly Option<double?> Rate =
        Symbols.Number("--frames-per-second", "number", "how many are looked at, at most, 0.1 to 30 (default: 5)", 0.1, 30);

    private static readonly Option<string> Out = Symbols.Text("--out", "file.jpg", "where the picture goes", isRequired: true);

    public static Command Definition { get; } = new Verb(
        "cameras", "cameras that the server looks through: list, add, show, still, enable, disable, or remove",
        $"Lists the school's cameras, and how it goes with each, when nothing else is asked for. {NeedsAdmin}",
        [
            new Verb(
                "list", "the school's cameras",
                $"Prints a line for each: id, name, state, frames a second, how many were dropped, and why it waits. {NeedsAdmin}", [],
                ListAsync),
            new Verb(
                "add", "add a camera, and print its id",
                $"""
                Devices and video files must be allowed with CAMERA_PATHS where the server runs. With the source push, a client sends the
                frames. {Secret.Rule} {NeedsAdmin}
                """,
                [Source, Name, Device, User, FromInput, Location, Class, Days, From, To, Region, MinFace, Direction, Rate], AddAsync),
            new Verb("show", "all that is known of a camera", $"Its password is never shown. {NeedsAdmin}", [Id], ShowAsync),
            new Verb(
                "still", "save what a camera shows at this moment", $"That it was looked at is written into the audit log. {NeedsAdmin}",
                [Id, Out], StillAsync),
            new Verb(
                "enable", "look through a camera again", NeedsAdmin, [Id], (context, ct) => SwitchAsync(context, true, "is enabled", ct)),
            new Verb(
                "disable", "look through a camera no more, for now", NeedsAdmin, [Id],
                (context, ct) => SwitchAsync(context, false, "is disabled", ct)),
            new Verb("remove", "remove a camera", NeedsAdmin, [Id], RemoveAsync),
        ],
        ListAsync);

    private static Task<int> ListAsync(CommandContext context, CancellationToken ct) => context.ListAsync(Cameras, FieldsOf, ct);

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        var (days, region) = (context.Get(Days), context.Get(Region));
        if ((days, context.Get(From), context.Get(To)) is not ((null, null, null) or (not null, not null, not null)))
            throw new UsageException("--weekdays, --from and --to belong together.");
        var body = new
        {
            name = context.Get(Name), source = context.Get(Source), device_id = context.Get(Device), user = context.Get(User),
            password = context.Get(User) is null ? null : Secret.Read(context.Get(FromInput), "Password of the camera", isNew: false),
            location_id = context.Get(Location), class_id = context.Get(Class),
            hours = days is null ? null : new { weekdays = days, from = context.Get(From), to = context.Get(To) },
            region = region is null ? null : Read(region), min_face_px = context.Get(MinFace), direction = context.Get(Direction),
            frames_per_second = context.Get(Rate),
        };
        var added = await context.AskAsync((server, c) => server.PostJsonAsync(Cameras, body.WithoutNulls(), c), ct);
        return context.Tell(added, added.Json().Text("id"));
    }

    private static async Task<int> ShowAsync(CommandContext context, CancellationToken ct)
    {
        var camera = (await context.AskAsync((server, c) => server.GetAsync(PathOf(context), c), ct)).Json();
        if (context.Screen.IsForPrograms) context.Screen.Json(camera);
        else foreach (var member in camera.EnumerateObject()) context.Screen.Fields(camera, member.Name, camera.Text(member.Name));
        return ExitCode.Done;
    }

    private static async Task<int> StillAsync(CommandContext context, CancellationToken ct)
    {
        var file = context.Get(Out)!;
        try
        {
            var answer = await context.AskAsync((server, c) => server.SaveAsync($"{PathOf(context)}/still", file, c), ct);
            return context.Tell(answer, file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandFailedException($"{file} cannot be written: {e.Message}");
        }
    }

    private static async Task<int> SwitchAsync(CommandContext context, bool isOn, string done, CancellationToken ct)
    {
        var camera = (await context.AskAsync((server, c) => server.GetAsync(PathOf(context), c), ct)).Json();
        var body = new JsonObject();
        foreach (var name in Said) body[name] = JsonSerializer.SerializeToNode(camera.Member(name));
        body["enabled"] = isOn;
        return context.Tell(
            await context.AskAsync((server, c) => server.PutJsonAsync(PathOf(context), body, c), ct), $"{context.Get(Id)} {done}.");
    }

    private static async Task<int> RemoveAsync(CommandContext context, CancellationToken ct) => context.Tell(
        await context.AskAsync((server, c) => server.DeleteAsync(PathOf(context), c), ct), $"{context.Get(Id)} is removed.");

    private static string PathOf(CommandContext context) => $"{Cameras}/{Uri.EscapeDataString(context.Get(Id))}";

    private static object Read(string[] region)
    {
        var sides = region.Select(s => double.TryParse(s, CultureInfo.InvariantCulture, out var share) ? share : double.NaN).ToArray();
        return sides is [var left, var top, var width, var height] && sides.All(double.IsFinite) ? new { left, top, width, height }
            : throw new UsageException("--region takes left,top,width,height, such as 0,0.25,1,0.75.");
    }

    private static string[] FieldsOf(JsonElement camera) =>
    [
        camera.Text("id"), camera.Text("name"), camera.Text("state"), $"{camera.Text("measured_frames_per_second")} frames/s",
        $"{camera.Text("frames_dropped")} dropped", camera.Text("state_reason"),
    ];
}
