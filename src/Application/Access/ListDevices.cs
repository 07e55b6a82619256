using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

public sealed record ListDevices(SchoolId School, int Limit, int Offset) : IRequest<Result<DevicePage>>;

/// <param name="Now">Against which each device's last heartbeat is to be judged.</param>
public sealed record DevicePage(IReadOnlyList<ApiKey> Items, int Total, DateTimeOffset Now)
{
    /// <summary>Devices beat once a minute; two may be lost on the way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(3);

    public bool IsOnline(ApiKey device) => device.RevokedAt is null && device.LastHeartbeatAt > Now - Silence;
}

internal sealed class ListDevicesHandler(IApiKeys keys, TimeProvider clock) : IRequestHandler<ListDevices, Result<DevicePage>>
{
    public async Task<Result<DevicePage>> Handle(ListDevices query, CancellationToken ct)
    {
        var (items, total) = await keys.ListAsync(query.School, ApiKeyKind.Device, query.Limit, query.Offset, ct);
        return new DevicePage(items, total, clock.GetUtcNow());
    }
}
