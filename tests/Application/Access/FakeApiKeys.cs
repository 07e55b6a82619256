using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Tests.Access;

/// <summary>The keys of one school, of programs and of devices.</summary>
internal sealed class FakeApiKeys : IApiKeys, IDevices
{
    private readonly Dictionary<ApiKeyId, (ApiKey Key, byte[] Sha256)> _kept = [];

    public IReadOnlyList<ApiKey> Kept => [.. _kept.Values.Select(k => k.Key)];

    public byte[] HashOf(ApiKeyId id) => _kept[id].Sha256;

    public Task<bool> AddAsync(SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct)
    {
        var isFree = key.Device is not { } device || GoodOf(device) is null;
        if (isFree) _kept.Add(key.Id, (key, secretSha256));
        return Task.FromResult(isFree);
    }

    public Task<(IReadOnlyList<ApiKey> Items, int Total)> ListAsync(
        SchoolId school, ApiKeyKind kind, int limit, int offset, CancellationToken ct)
    {
        ApiKey[] all = [.. Kept.Where(k => k.Device is not null == (kind == ApiKeyKind.Device))];
        return Task.FromResult<(IReadOnlyList<ApiKey>, int)>(([.. all.Skip(offset).Take(limit)], all.Length));
    }

    public Task<ApiKey?> RotateAsync(SchoolId school, ApiKeyId id, byte[] secretSha256, DateTimeOffset previousUntil, CancellationToken ct)
    {
        if (!_kept.TryGetValue(id, out var kept) || kept.Key.RevokedAt is not null) return Task.FromResult<ApiKey?>(null);
        _kept[id] = (kept.Key with { PreviousUntil = previousUntil }, secretSha256);
        return Task.FromResult<ApiKey?>(_kept[id].Key);
    }

    public Task<bool> RevokeAsync(SchoolId school, ApiKeyId id, CancellationToken ct) =>
        Task.FromResult(Change(id, k => k with { RevokedAt = StandingClock.Start }));

    public Task<bool> IsThereAsync(SchoolId school, DeviceId device, CancellationToken ct) => Task.FromResult(GoodOf(device) is not null);

    public Task<bool> BeatAsync(SchoolId school, DeviceId device, DateTimeOffset at, CancellationToken ct) =>
        Task.FromResult(GoodOf(device) is { } key && Change(key.Id, k => k with { LastHeartbeatAt = at }));

    public Task<bool> RemoveAsync(SchoolId school, DeviceId device, CancellationToken ct) =>
        Task.FromResult(GoodOf(device) is { } key && Change(key.Id, k => k with { RevokedAt = StandingClock.Start }));

    private ApiKey? GoodOf(DeviceId device) => Kept.FirstOrDefault(k => k.Device == device && k.RevokedAt is null);

    private bool Change(ApiKeyId id, Func<ApiKey, ApiKey> change)
    {
        if (!_kept.TryGetValue(id, out var kept)) return false;
        _kept[id] = (change(kept.Key), kept.Sha256);
        return true;
    }
}
