
namespace FaceAttendance.Application.Webhooks;

/// <summary>A receiver of events.</summary>
/// <param name="Url">Of the operator's endpoint the origin alone: its path may hold a secret.</param>
/// <param name="Events">The types wanted; empty means all.</param>
/// <param name="HeaderNames">Values are never shown again, for they are mostly keys.</param>
/// <param name="DisabledReason">Null while enabled.</param>
/// <param name="FailingSince">The first failure after the last accepted delivery; null when the last one was accepted.</param>
/// <param name="PreviousSecretUntil">Until then deliveries bear a previous secret's signature too; null when none is good any more.</param>
/// <param name="CreatedAt">Null for the operator's.</param>
public sealed record WebhookEndpoint(
    EndpointId Id, Uri Url, string Description, IReadOnlyList<string> Events, IReadOnlyList<string> HeaderNames,
    DisabledReason? DisabledReason,
    DateTimeOffset? DisabledAt, DateTimeOffset? FailingSince, DateTimeOffset? PreviousSecretUntil, DateTimeOffset? CreatedAt)
{
    /// <summary>More would hardly be receivers.</summary>
    public const int MostPerSchool = 20;

    /// <summary>Each is a signature more in a header of every delivery.</summary>
    public const int MostPreviousSecrets = 8;

    public bool IsEnabled => DisabledReason is null;

    public bool IsBuiltIn => Id == EndpointId.Operators;

    public override string ToString() => $"WebhookEndpoint({Id})";
}

/// <summary>What is to be different; null leaves as it is.</summary>
public sealed record EndpointChanges(
    Uri? Url, string? Description, IReadOnlyList<string>? Events, IReadOnlyDictionary<string, string>? Headers, bool? IsEnabled)
{
    public override string ToString() => "EndpointChanges(withheld)";
}

/// <summary>An endpoint with its secret, the one time it is shown.</summary>
public sealed record EndpointWithSecret(WebhookEndpoint Endpoint, string Secret)
{
    public override string ToString() => $"EndpointWithSecret({Endpoint.Id}, secret withheld)";
}

public enum DisabledReason
{
    /// <summary>A person turned it off.</summary>
    ByHand,

    /// <summary>The receiver answered 410.</summary>
    Gone,

    /// <summary>Nothing was accepted for days.</summary>
    Failing,
}

/// <summary>A webhook endpoint's id.</summary>
public readonly record struct EndpointId(Guid Value)
{
    /// <summary>The operator's own endpoint, ATTENDANCE_WEBHOOK_URL: built in, trusted, and changed by configuration alone. The first
    /// school's.</summary>
    public static readonly EndpointId Operators = new(new Guid("00000000-0000-7000-8000-00000000000a"));

    public static EndpointId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}
