using FaceAttendance.Domain;

namespace FaceAttendance.Application.Webhooks;

public static class WebhookErrors
{
    public static Error NotFound { get; } = new("webhook.not_found", "The school has no such webhook endpoint.", ErrorKind.NotFound);

    public static Error DeliveryNotFound { get; } =
        new("webhook.delivery_not_found", "The endpoint has no such delivery.", ErrorKind.NotFound);

    public static Error EventErased { get; } = new(
        "webhook.event_erased", "The student whom the event was about was erased; there is nothing left to send.", ErrorKind.Conflict);

    public static Error BuiltIn { get; } = new(
        "webhook.built_in", "The operator's endpoint is changed by the server's configuration (ATTENDANCE_WEBHOOK_URL) alone.",
        ErrorKind.Conflict);

    public static Error TooMany { get; } = new(
        "webhook.too_many", $"A school has at most {WebhookEndpoint.MostPerSchool} webhook endpoints; remove one first.",
        ErrorKind.Conflict);

    public static Error TooManySecrets { get; } = new(
        "webhook.too_many_secrets",
        $"{WebhookEndpoint.MostPreviousSecrets} earlier secrets are still within their overlap. Wait until one of them ends, or rotate " +
        "with overlap_hours=0, which ends them all.",
        ErrorKind.Conflict);

    public static Error Unresolvable { get; } = new(
        "webhook.unresolvable", "The url's host name cannot be resolved; check its spelling.", ErrorKind.Rejected)
    { Field = "url" };

    public static Error TargetRefused { get; } = new(
        "webhook.target_refused",
        "The url leads to an address that is not public. An operator may allow the school's own network with WEBHOOK_ALLOW_PRIVATE or " +
        "WEBHOOK_ALLOW_NETWORKS.",
        ErrorKind.Rejected)
    { Field = "url" };

    public static Error HttpsRequired { get; } = new(
        "webhook.https_required", "The url must be https://; http:// is taken only within networks that the operator allowed.",
        ErrorKind.Rejected)
    {
        Field = "url",
    };
}
