using System.Security.Claims;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Whether a device is heard of.</summary>
internal enum DeviceState
{
    Online,
    Silent,
    Removed,
}

/// <summary>A camera, kiosk or gate, with its key's particulars.</summary>
internal record DeviceAnswer : CredentialAnswer
{
    public DeviceAnswer(ApiKey device, DateTimeOffset now, bool isOnline) : base(device, now) =>
        (DeviceId, KeyId, LastHeartbeatAt, State) = (
        device.Device!.Value.Value, device.Id.Value, device.LastHeartbeatAt?.UtcDateTime,
        device.RevokedAt is not null ? DeviceState.Removed : isOnline ? DeviceState.Online : DeviceState.Silent);

    [JsonPropertyOrder(-2)]
    public string DeviceId { get; }

    [JsonPropertyOrder(-1)]
    public Guid KeyId { get; }

    [JsonPropertyOrder(1)]
    public DateTime? LastHeartbeatAt { get; }

    [JsonPropertyOrder(2)]
    public DeviceState State { get; }
}

/// <summary>A device with its key's secret, the one time that it is shown.</summary>
internal sealed record IssuedDeviceAnswer : DeviceAnswer
{
    public override string ToString() => "IssuedDeviceAnswer(withheld)";

    public IssuedDeviceAnswer(IssuedApiKey issued, DateTimeOffset now) : base(issued.Key, now, isOnline: false) =>
        Key = issued.Secret.Reveal();

    /// <summary>The key itself.</summary>
    [JsonPropertyOrder(3)]
    public string Key { get; }
}

/// <param name="Name">The device's id when absent.</param>
/// <param name="Scopes">All that a device may have when absent.</param>
internal sealed record NewDevice(string DeviceId, string? Name, IReadOnlyList<string>? Scopes) : IJsonBody<NewDevice>
{
    public static NewDevice Read(JsonFields fields)
    {
        var (device, scopes) = (fields.RequiredText("device_id"), fields.Texts("scopes"));
        if (!Application.Access.DeviceId.IsValid(device)) fields.Fault(
            "device_id", $"A device id has {Application.Access.DeviceId.Rule}", "device_id", device);
        return new(device, fields.OptionalText("name"), scopes);
    }
}

/// <summary>/api/v1/devices: cameras, kiosks and gates, each with a key of its own that may look at faces and places and nothing
/// else.</summary>
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
            .Describe("ListDevices", ApiGroup.Devices, "The school's devices",
                "Newest first, removed ones included. state: online when a heartbeat came within three minutes, else silent, or removed.")
            .TakesPage()
            .Answers<Page<DeviceAnswer>>(200, "The devices", $$"""{"items":[{{Device}}],"total":1}""").AnswersUsualProblems();
        devices.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("AddDevice", ApiGroup.Devices, "Add a device",
                $"scopes: any of {string.Join(", ", AddDevice.Grantable)}; all of them when not given. The answer is the only place " +
                "where the device's key ever stands.")
            .TakesJson<NewDevice>("""{"device_id":"gate-1","name":"Main gate","scopes":["recognize"]}""")
            .Answers<IssuedDeviceAnswer>(201, "Added", Issued).AnswersProblem(409, "The device exists already", "device.exists")
            .AnswersUsualProblems();
        devices.MapDelete("/{device}", RemoveAsync).Needs(Scopes.Admin)
            .Describe("RemoveDevice", ApiGroup.Devices, "Remove a device and revoke its key")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchDevice, "device.not_found").AnswersUsualProblems();
        devices.MapPost("/{device}/heartbeat", BeatAsync).NeedsAnyCaller()
            .Describe(
                "BeatDevice", ApiGroup.Devices, "Say that the device lives",
                "Once a minute, with the device's own key; self stands for its id.")
            .Answers(204, "Noted").AnswersProblem(403, "Another's key", "device.not_the_device").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<DeviceAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListDevices(http.School(), limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Items, page.Total, device => new DeviceAnswer(device, page.Now, page.IsOnline(device))));
    }

    private static async Task<Results<Created<IssuedDeviceAnswer>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewDevice>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (device, name, scopes) = read.Value;
        var added = await mediator.Send(
            new AddDevice(http.School(), new(device), name ?? device, scopes ?? AddDevice.Grantable, http.CallerName()), ct);
        return added.ToCreated(issued => new IssuedDeviceAnswer(issued, clock.GetUtcNow()));
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        string device, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        if (!DeviceId.IsValid(device)) return DeviceErrors.NotFound.ToProblem();
        return (await mediator.Send(new RemoveDevice(http.School(), new(device)), ct)).ToNoContent();
    }

    private static async Task<Results<NoContent, ProblemAnswer>> BeatAsync(
        string device, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var own = http.User.FindFirstValue(AccessRules.DeviceClaim) is { } claimed ? new DeviceId(claimed) : (DeviceId?)null;
        if (own is not { } caller || (device != DeviceId.Self && device != caller.Value)) return DeviceErrors.NotTheDevice.ToProblem();
        return (await mediator.Send(new BeatDevice(http.School(), caller), ct)).ToNoContent();
    }
}
