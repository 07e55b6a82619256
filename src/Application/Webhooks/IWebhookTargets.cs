using FaceAttendance.Domain;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Which addresses endpoints made over the API may lead to.</summary>
public interface IWebhookTargets
{
    /// <summary>Resolves the host and judges every address it has.</summary>
    /// <returns>
    /// Null, or <see cref="WebhookErrors.Unresolvable"/>, <see cref="WebhookErrors.TargetRefused"/> or
    /// <see cref="WebhookErrors.HttpsRequired"/>.
    /// </returns>
    Task<Error?> CheckAsync(Uri url, CancellationToken ct);
}
