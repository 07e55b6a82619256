using System.ComponentModel.DataAnnotations;
using FaceAttendance.Application.Events;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Where attendance events are delivered to, and how. Section: <c>Webhook</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>ATTENDANCE_WEBHOOK_URL: an absolute http or https address; null or empty delivers nothing.</summary>
    public string? Url { get; set; }

    /// <summary>
    /// ATTENDANCE_WEBHOOK_EVENTS: the types of events that go there besides attendance.recognized, separated by commas. A receiver of the
    /// contract's takes whatever comes for a presence, so that an absence it did not ask for would be stored as one.
    /// </summary>
    public string? Events { get; set; }

    /// <summary>ATTENDANCE_API_KEY: sent as <c>Authorization: Bearer …</c> when given.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// What deliveries are signed with: <c>whsec_</c> and the base64 of 24 to 64 bytes (Standard Webhooks 1.0.0). Null: made at the first
    /// start and kept in the database, encrypted; <c>--show-webhook-secret</c> shows it.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>Longest an attempt may take, answer included. Default 10 s, the contract's.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pauses before the second, third, … attempt, each ±20 %; after the last the event is dead. Null takes
    /// <see cref="RetrySchedule.Standard"/>.</summary>
    public TimeSpan[]? RetryPauses { get; set; }

    /// <summary>How often the outbox is looked through for events that are due. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint made over the API that accepted nothing for so long, though tried, is disabled. Default 5 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>WEBHOOK_ALLOW_PRIVATE: endpoints made over the API may lie in private networks and on this machine, and be plain http
    /// there.</summary>
    public bool AllowPrivate { get; set; }

    /// <summary>WEBHOOK_ALLOW_NETWORKS: the same for these networks alone, such as <c>10.1.0.0/16, fd00:1::/32</c>.</summary>
    public string? AllowNetworks { get; set; }

    /// <summary>The types of events that go to <see cref="Url"/>.</summary>
    internal IReadOnlyList<string> OperatorsEvents =>
        [EventTypes.Recognized, .. EventTypes.WordsOf(Events).Where(t => t != EventTypes.Recognized)];

    /// <summary>How long an event stays in the hands of the process that attempts it; then another may take it, for the first has
    /// died.</summary>
    internal TimeSpan Lease => Timeout + SettlingTime;

    // To write down what came of an attempt that took all of its time.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    public override string ToString() => "WebhookOptions(withheld)";
}

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;

/// <summary>The rules that no attribute can state. Messages name the setting and never repeat its value, which may be a secret.</summary>
internal sealed class WebhookAddressValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var failures = new List<string>();
        if (!string.IsNullOrEmpty(options.Url)
            && !(Uri.TryCreate(options.Url, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)))
        {
            failures.Add(
                "Webhook:Url (ATTENDANCE_WEBHOOK_URL) must be an absolute http:// or https:// address, or empty to deliver nothing.");
        }
        if (EventTypes.FirstUnknown(options.Events) is { } unknown)
        {
            failures.Add($"Webhook:Events (ATTENDANCE_WEBHOOK_EVENTS) names '{unknown}'; it must be {EventTypes.ListRule}.");
        }
        if (options.ApiKey is { } key && key.Any(c => !char.IsAscii(c) || char.IsControl(c)))
        {
            failures.Add("Webhook:ApiKey (ATTENDANCE_API_KEY) must be printable ASCII.");
        }
        if (!string.IsNullOrEmpty(options.Secret) && WebhookSignature.TryReadSecret(options.Secret) is null)
        {
            failures.Add("Webhook:Secret must be whsec_ followed by the base64 of 24 to 64 bytes.");
        }
        if (WebhookTargets.TryParseNetworks(options.AllowNetworks) is null)
        {
            failures.Add("Webhook:AllowNetworks (WEBHOOK_ALLOW_NETWORKS) must be networks such as 10.1.0.0/16, separated by commas.");
        }
        if (options.RetryPauses?.Any(pause => pause < TimeSpan.Zero) == true) failures.Add("Webhook:RetryPauses must not be negative.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
