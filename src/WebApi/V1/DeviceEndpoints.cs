using System.Security.Claims;
using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/devices: cameras, kiosks and gates, each with a key of its own that may look at faces and places and nothing else.</summary>
internal static class DeviceEndpoints
{
    private const string Device =
        """{"device_id":"gate-1","key_id":"019a0000-0000-7000-8000-000000000000","name":"Main gate","prefix":"fa_AZoAAAAAcACA","scopes":["recognize"],"status":"good","created_by":"key:019a0000-0000-7000-8000-000000000001","created_at":"2026-01-05T00:00:00Z","expires_at":null,"last_used_at":null,"previous_valid_until":null,"revoked_at":null,"last_heartbeat_at":"2026-01-05T00:00:00Z","state":"online"}""";

    private const string NoSuchDevice = "No such device";

    private static readonly string Issued = Device[..^1] + ""","key":"fa_AZoAAAAAcACAAAAAAAAAAA…"}""";

    public static void MapDevices(this IEndpointRouteBuilder app)
    {
        var devices = app.MapGroup("/api/v1/devices");
        devices.MapGet("/", ListAsync).Needs(Scopes.Admin)
            .Describe("Devices, v1", "The school's devices",
                "Newest first, removed ones included. state: online when a heartbeat came within three minutes, else silent, or removed.")
            .TakesPage()
            .Answers(200, "The devices", $$"""{"items":[{{Device}}],"total":1}""").AnswersUsualProblems();
        devices.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("Devices, v1", "Add a device",
                $"scopes: any of {string.Join(", ", AddDevice.Grantable)}; all of them when not given. The answer is the only place where the device's key ever stands.")
            .TakesJson("""{"device_id":"gate-1","name":"Main gate","scopes":["recognize"]}""").WithMetadata(JsonFields.Limit)
            .Answers(201, "Added", Issued).AnswersProblem(409, "The device exists already", "device.exists").AnswersUsualProblems();
        devices.MapDelete("/{device}", RemoveAsync).Needs(Scopes.Admin)
            .Describe("Devices, v1", "Remove a device and revoke its key")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchDevice, "device.not_found").AnswersUsualProblems();
        devices.MapPost("/{device}/heartbeat", BeatAsync).NeedsAnyCaller()
            .Describe("Devices, v1", "Say that the device lives", "Once a minute, with the device's own key; self stands for its id.")
            .Answers(204, "Noted").AnswersProblem(403, "Another's key", "device.not_the_device").AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListDevices(http.School(), limit, offset), ct);
        return listed.Match(
            page => Pages.Of(page.Items, page.Total, (json, device) => Write(json, device, page.Now, page.IsOnline(device))), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var (device, scopes) = (fields.RequiredText("device_id"), fields.Texts("scopes"));
        if (!DeviceId.IsValid(device)) fields.Fault("device_id", $"A device id has {DeviceId.Rule}", "device_id", device);
        var name = fields.OptionalText("name") ?? device;
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var added = await mediator.Send(new AddDevice(http.School(), new(device), name, scopes ?? AddDevice.Grantable, http.CallerName()), ct);
        return added.Match(
            issued => new JsonAnswer(StatusCodes.Status201Created, null, json =>
            {
                Write(json, issued.Key, clock.GetUtcNow(), isOnline: false);
                json.WriteString("key", issued.Secret.Reveal());
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RemoveAsync(string device, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        if (!DeviceId.IsValid(device)) return DeviceErrors.NotFound.ToProblem();
        var removed = await mediator.Send(new RemoveDevice(http.School(), new(device)), ct);
        return removed.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> BeatAsync(string device, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var own = http.User.FindFirstValue(AccessRules.DeviceClaim) is { } claimed ? new DeviceId(claimed) : (DeviceId?)null;
        if (own is not { } caller || (device != DeviceId.Self && device != caller.Value)) return DeviceErrors.NotTheDevice.ToProblem();
        var beaten = await mediator.Send(new BeatDevice(http.School(), caller), ct);
        return beaten.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static void Write(Utf8JsonWriter json, ApiKey device, DateTimeOffset now, bool isOnline)
    {
        json.WriteString("device_id", device.Device!.Value.Value);
        json.WriteString("key_id", device.Id.Value);
        ApiKeyEndpoints.Write(json, device, now);
        ApiKeyEndpoints.WriteInstant(json, "last_heartbeat_at", device.LastHeartbeatAt);
        json.WriteString("state", device.RevokedAt is not null ? "removed" : isOnline ? "online" : "silent");
    }
}
