using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Webhooks;

/// <summary>The school's endpoints, the operator's among them. Secrets and headers lie encrypted.</summary>
public interface IWebhookEndpoints
{
    /// <returns>The endpoint with its new secret; null when the school has <see cref="WebhookEndpoint.MostPerSchool"/> already.</returns>
    Task<EndpointWithSecret?> AddAsync(
        SchoolId school, Uri url, string description, IReadOnlyList<string> events, IReadOnlyDictionary<string, string> headers,
        bool enabled, CancellationToken ct);

    /// <summary>The operator's first, then the others in the order of creation.</summary>
    Task<IReadOnlyList<WebhookEndpoint>> ListAsync(SchoolId school, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<WebhookEndpoint?> FindAsync(SchoolId school, EndpointId id, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<WebhookEndpoint?> ChangeAsync(SchoolId school, EndpointId id, EndpointChanges changes, CancellationToken ct);

    /// <summary>Its deliveries go with it.</summary>
    /// <returns>False for an unknown id.</returns>
    Task<bool> RemoveAsync(SchoolId school, EndpointId id, CancellationToken ct);
}

/// <summary>What endpoints' deliveries are signed with.</summary>
public interface IWebhookSecrets
{
    /// <summary>Earlier secrets stay good until their own overlaps end.</summary>
    /// <param name="overlap">How long the old secret signs beside the new one; zero ends it and every earlier one at once.</param>
    /// <returns><see cref="WebhookErrors.NotFound"/> or <see cref="WebhookErrors.TooManySecrets"/>.</returns>
    Task<Result<EndpointWithSecret>> RotateAsync(SchoolId school, EndpointId id, TimeSpan overlap, CancellationToken ct);
}
