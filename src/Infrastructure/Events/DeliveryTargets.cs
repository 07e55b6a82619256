using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Where a delivery goes and what it bears.</summary>
/// <param name="Keys">To sign with, the newest first.</param>
/// <param name="IsTrusted">The operator's own: it may lie in any network, and its body is the contract's to the letter.</param>
internal sealed record DeliveryTarget(Uri Url, IReadOnlyList<byte[]> Keys, IReadOnlyDictionary<string, string> Headers, bool IsTrusted)
{
    public override string ToString() => "DeliveryTarget(withheld)";
}

/// <summary>Finds a delivery's target: the operator's by configuration, the others' by what came with the delivery. Thread-safe.</summary>
internal sealed class DeliveryTargets(WebhookSecrets operators, EndpointSecrets secrets, IOptions<WebhookOptions> options)
{
    private readonly IReadOnlyDictionary<string, string> _operatorsHeaders = string.IsNullOrEmpty(options.Value.ApiKey)
        ? new Dictionary<string, string>()
        : new Dictionary<string, string> { ["Authorization"] = $"Bearer {options.Value.ApiKey}" };

    public async ValueTask<DeliveryTarget> OfAsync(OutboxDelivery due, CancellationToken ct)
    {
        if (due.Target is not { } stored)
        {
            return new(new Uri(options.Value.Url!), [await operators.KeyOfAsync(due.School, ct)], _operatorsHeaders, IsTrusted: true);
        }
        string[] inForce = [stored.Secret, .. stored.PreviousSecrets];
        return new(
            new Uri(stored.Url), [.. inForce.Select(s => WebhookSignature.TryReadSecret(secrets.Read(s))!)],
            secrets.ReadHeaders(stored.Headers), IsTrusted: false);
    }
}
