using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>The operator's own endpoint, ATTENDANCE_WEBHOOK_URL: configuration instead of a row, and one school's alone.</summary>
internal sealed class OperatorsEndpoint(IOptions<WebhookOptions> options)
{
    private readonly WebhookOptions _options = options.Value;

    /// <summary>Whose it is.</summary>
    public static SchoolId School => SchoolId.First;

    public bool IsConfigured => !string.IsNullOrEmpty(_options.Url);

    public bool IsOf(SchoolId school) => IsConfigured && school == School;

    /// <param name="type">The event's.</param>
    public bool Wants(SchoolId school, string type) => IsOf(school) && _options.OperatorsEvents.Contains(type);

    /// <summary>As people are shown it: of its address the origin alone, without a user's name.</summary>
    /// <returns>Null when the school has none.</returns>
    public WebhookEndpoint? Find(SchoolId school)
    {
        if (!IsOf(school)) return null;
        var url = new Uri(_options.Url!);
        var origin = url.GetLeftPart(UriPartial.Authority).Replace($"{url.UserInfo}@", "", StringComparison.Ordinal);
        return new(
            EndpointId.Operators, new Uri(origin), "ATTENDANCE_WEBHOOK_URL", _options.OperatorsEvents, [], null, null, null, null, null);
    }
}
