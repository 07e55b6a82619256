using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>Where the keys of programs and devices are kept. What it answers never holds a secret.</summary>
public interface IApiKeys
{
    /// <returns>False when the device has a good key already.</returns>
    Task<bool> AddAsync(SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct);

    /// <summary>A page of one kind, newest first, revoked ones included.</summary>
    Task<(IReadOnlyList<ApiKey> Items, int Total)> ListAsync(SchoolId school, ApiKeyKind kind, int limit, int offset, CancellationToken ct);

    /// <summary>Replaces the secret; the one before is taken until <paramref name="previousUntil"/>.</summary>
    /// <returns>Null when there is no such key, or it was revoked.</returns>
    Task<ApiKey?> RotateAsync(SchoolId school, ApiKeyId id, byte[] secretSha256, DateTimeOffset previousUntil, CancellationToken ct);

    /// <summary>Ends a key, in every process at once.</summary>
    /// <returns>False when there is no such key.</returns>
    Task<bool> RevokeAsync(SchoolId school, ApiKeyId id, CancellationToken ct);
}
