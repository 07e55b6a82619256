
namespace FaceAttendance.Application.Access;

/// <summary>A key as it is shown to people: everything but the secret.</summary>
/// <param name="Device">The machine it belongs to; null for a program's key.</param>
/// <param name="CreatedBy">Who made it, in the words of <c>http.CallerName()</c>, or <c>server</c>.</param>
public sealed record ApiKey(
    ApiKeyId Id, string Name, IReadOnlyList<string> Scopes, DeviceId? Device, string CreatedBy, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt)
{
    public const int MaxNameLength = 100;

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? LastHeartbeatAt { get; init; }

    /// <summary>Until when the secret before the last rotation is taken too.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The beginning of the key's text, by which a person tells keys apart. It holds nothing secret.</summary>
    public string Prefix => ApiKeySecret.PrefixOf(Id);
}

public readonly record struct ApiKeyId(Guid Value)
{
    public static ApiKeyId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}
