using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Webhooks;

/// <summary>A webhook endpoint's id.</summary>
public readonly record struct EndpointId(Guid Value)
{
    /// <summary>The operator's own endpoint, ATTENDANCE_WEBHOOK_URL: built in, trusted, and changed by configuration alone. The first school's.</summary>
    public static readonly EndpointId Operators = new(new Guid("00000000-0000-7000-8000-00000000000a"));

    public static EndpointId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
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

/// <summary>A receiver of events.</summary>
/// <param name="Url">Of the operator's endpoint the origin alone: its path may hold a secret.</param>
/// <param name="Events">The types wanted; empty means all.</param>
/// <param name="HeaderNames">Values are never shown again, for they are mostly keys.</param>
/// <param name="DisabledReason">Null while enabled.</param>
/// <param name="FailingSince">The first failure after the last accepted delivery; null when the last one was accepted.</param>
/// <param name="PreviousSecretUntil">Until then deliveries bear a previous secret's signature too; null when none is good any more.</param>
/// <param name="CreatedAt">Null for the operator's.</param>
public sealed record WebhookEndpoint(
    EndpointId Id, Uri Url, string Description, IReadOnlyList<string> Events, IReadOnlyList<string> HeaderNames, DisabledReason? DisabledReason,
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

public static class WebhookErrors
{
    public static Error NotFound { get; } = new("webhook.not_found", "The school has no such webhook endpoint.", ErrorKind.NotFound);

    public static Error DeliveryNotFound { get; } = new("webhook.delivery_not_found", "The endpoint has no such delivery.", ErrorKind.NotFound);

    public static Error EventErased { get; } = new(
        "webhook.event_erased", "The student whom the event was about was erased; there is nothing left to send.", ErrorKind.Conflict);

    public static Error BuiltIn { get; } = new(
        "webhook.built_in", "The operator's endpoint is changed by the server's configuration (ATTENDANCE_WEBHOOK_URL) alone.", ErrorKind.Conflict);

    public static Error TooMany { get; } = new(
        "webhook.too_many", $"A school has at most {WebhookEndpoint.MostPerSchool} webhook endpoints; remove one first.", ErrorKind.Conflict);

    public static Error TooManySecrets { get; } = new(
        "webhook.too_many_secrets",
        $"{WebhookEndpoint.MostPreviousSecrets} earlier secrets are still within their overlap. Wait until one of them ends, or rotate with overlap_hours=0, which ends them all.",
        ErrorKind.Conflict);

    public static Error Unresolvable { get; } = new(
        "webhook.unresolvable", "The url's host name cannot be resolved; check its spelling.", ErrorKind.Rejected) { Field = "url" };

    public static Error TargetRefused { get; } = new(
        "webhook.target_refused",
        "The url leads to an address that is not public. An operator may allow the school's own network with WEBHOOK_ALLOW_PRIVATE or WEBHOOK_ALLOW_NETWORKS.",
        ErrorKind.Rejected) { Field = "url" };

    public static Error HttpsRequired { get; } = new(
        "webhook.https_required", "The url must be https://; http:// is taken only within networks that the operator allowed.", ErrorKind.Rejected)
    {
        Field = "url",
    };
}

/// <summary>The school's endpoints, the operator's among them. Secrets and headers lie encrypted.</summary>
public interface IWebhookEndpoints
{
    /// <returns>The endpoint with its new secret; null when the school has <see cref="WebhookEndpoint.MostPerSchool"/> already.</returns>
    Task<EndpointWithSecret?> AddAsync(
        SchoolId school, Uri url, string description, IReadOnlyList<string> events, IReadOnlyDictionary<string, string> headers, bool enabled, CancellationToken ct);

    /// <summary>The operator's first, then the others in the order of creation.</summary>
    Task<IReadOnlyList<WebhookEndpoint>> ListAsync(SchoolId school, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<WebhookEndpoint?> FindAsync(SchoolId school, EndpointId id, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<WebhookEndpoint?> ChangeAsync(SchoolId school, EndpointId id, EndpointChanges changes, CancellationToken ct);

    /// <summary>Earlier secrets stay good until their own overlaps end.</summary>
    /// <param name="overlap">How long the old secret signs beside the new one; zero ends it and every earlier one at once.</param>
    /// <returns><see cref="WebhookErrors.NotFound"/> or <see cref="WebhookErrors.TooManySecrets"/>.</returns>
    Task<Result<EndpointWithSecret>> RotateSecretAsync(SchoolId school, EndpointId id, TimeSpan overlap, CancellationToken ct);

    /// <summary>Its deliveries go with it.</summary>
    /// <returns>False for an unknown id.</returns>
    Task<bool> RemoveAsync(SchoolId school, EndpointId id, CancellationToken ct);
}

/// <summary>Which addresses endpoints made over the API may lead to.</summary>
public interface IWebhookTargets
{
    /// <summary>Resolves the host and judges every address it has.</summary>
    /// <returns>
    /// Null, or <see cref="WebhookErrors.Unresolvable"/>, <see cref="WebhookErrors.TargetRefused"/> or <see cref="WebhookErrors.HttpsRequired"/>.
    /// </returns>
    Task<Error?> CheckAsync(Uri url, CancellationToken ct);
}
