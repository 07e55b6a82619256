using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>What is particular to keys of devices.</summary>
public interface IDevices
{
    /// <summary>Whether the school has a device of this id, whose key is good.</summary>
    Task<bool> IsThereAsync(SchoolId school, DeviceId device, CancellationToken ct);

    /// <summary>Notes that the device lives.</summary>
    /// <returns>False when there is no such device.</returns>
    Task<bool> BeatAsync(SchoolId school, DeviceId device, DateTimeOffset at, CancellationToken ct);

    /// <summary>Ends the device's key, in every process at once.</summary>
    /// <returns>False when there is no such device.</returns>
    Task<bool> RemoveAsync(SchoolId school, DeviceId device, CancellationToken ct);
}

/// <summary>A machine's key: it may look at faces and places, and nothing else.</summary>
public sealed record AddDevice(SchoolId School, DeviceId Device, string Name, IReadOnlyList<string> Scopes, string CreatedBy) : IRequest<Result<IssuedApiKey>>
{
    /// <summary>What a device may be given; also what it gets when nothing is asked for.</summary>
    public static readonly IReadOnlyList<string> Grantable = [Access.Scopes.Recognize, Access.Scopes.Liveness, Access.Scopes.Presence];
}

public sealed record ListDevices(SchoolId School, int Limit, int Offset) : IRequest<Result<DevicePage>>;

/// <param name="Now">Against which each device's last heartbeat is to be judged.</param>
public sealed record DevicePage(IReadOnlyList<ApiKey> Items, int Total, DateTimeOffset Now)
{
    /// <summary>Devices beat once a minute; two may be lost on the way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(3);

    public bool IsOnline(ApiKey device) => device.RevokedAt is null && device.LastHeartbeatAt > Now - Silence;
}

public sealed record RemoveDevice(SchoolId School, DeviceId Device) : IRequest<Result<Done>>;

/// <param name="Device">The one whose key was shown.</param>
public sealed record BeatDevice(SchoolId School, DeviceId Device) : IRequest<Result<Done>>;

internal sealed class AddDeviceValidator : AbstractValidator<AddDevice>
{
    public AddDeviceValidator()
    {
        RuleFor(c => c.Name).KeyName();
        RuleFor(c => c.Scopes).Must(s => s.Count > 0 && s.All(AddDevice.Grantable.Contains)).OverridePropertyName("scopes")
            .WithMessage($"scopes of a device must name one or more of {string.Join(", ", AddDevice.Grantable)}.");
    }
}

internal sealed class DeviceCommandsHandler(IApiKeys keys, IDevices devices, TimeProvider clock) :
    IRequestHandler<AddDevice, Result<IssuedApiKey>>,
    IRequestHandler<ListDevices, Result<DevicePage>>,
    IRequestHandler<RemoveDevice, Result<Done>>,
    IRequestHandler<BeatDevice, Result<Done>>
{
    public async Task<Result<IssuedApiKey>> Handle(AddDevice command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, ApiKeyId.New());
        var key = new ApiKey(
            secret.Id, command.Name, [.. command.Scopes.Distinct()], command.Device, command.CreatedBy, clock.GetUtcNow(), ExpiresAt: null);
        return await keys.AddAsync(command.School, key, secret.Sha256, ct) ? new IssuedApiKey(key, secret) : DeviceErrors.Exists;
    }

    public async Task<Result<DevicePage>> Handle(ListDevices query, CancellationToken ct)
    {
        var (items, total) = await keys.ListAsync(query.School, ApiKeyKind.Device, query.Limit, query.Offset, ct);
        return new DevicePage(items, total, clock.GetUtcNow());
    }

    public async Task<Result<Done>> Handle(RemoveDevice command, CancellationToken ct) =>
        await devices.RemoveAsync(command.School, command.Device, ct) ? default(Done) : DeviceErrors.NotFound;

    public async Task<Result<Done>> Handle(BeatDevice command, CancellationToken ct) =>
        await devices.BeatAsync(command.School, command.Device, clock.GetUtcNow(), ct) ? default(Done) : DeviceErrors.NotFound;
}
