using FaceAttendance.Application.Events;
using FluentValidation;

namespace FaceAttendance.Application.Webhooks;

public static class EndpointRules
{
    private const int MaxUrl = 2048;
    private const int MaxDescription = 200;
    private const int MostHeaders = 20;
    private const int MaxHeaderName = 64;
    private const int MaxHeaderValue = 1024;

    // What frames the message or belongs to one connection (RFC 9110, 7.6.1), and what the sender itself says.
    private static readonly HashSet<string> ReservedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "TE", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Host", "Expect", "Date",
        "Via", "Forwarded", "Max-Forwards", "User-Agent", "Cookie", "X-Signature",
    };

    private static readonly string[] ReservedBeginnings = ["webhook-", "Content-", "Proxy-", "X-Forwarded-", "Sec-", "Transfer-"];

    public static IRuleBuilderOptions<T, string> EndpointUrl<T>(this IRuleBuilder<T, string> url) => url
        .Must(u => Uri.TryCreate(u, UriKind.Absolute, out var parsed) && parsed.AbsoluteUri.Length <= MaxUrl
            && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
            && parsed.UserInfo.Length == 0 && parsed.Fragment.Length == 0 && parsed.Host.Length > 0)
        .OverridePropertyName("url")
        .WithMessage($"url must be an absolute https:// address of at most {MaxUrl} characters, without a user name and a fragment.");

    public static IRuleBuilderOptions<T, string> EndpointDescription<T>(this IRuleBuilder<T, string> description) => description
        .Must(d => d.Length <= MaxDescription && !d.Any(char.IsControl))
        .OverridePropertyName("description")
        .WithMessage($"description must have at most {MaxDescription} characters and no control characters.");

    public static IRuleBuilderOptions<T, IReadOnlyList<string>> EventFilter<T>(this IRuleBuilder<T, IReadOnlyList<string>> events) => events
        .Must(e => e.All(EventTypes.Filterable.Contains))
        .OverridePropertyName("events")
        .WithMessage($"events must name some of: {string.Join(", ", EventTypes.Filterable)}; an empty list means all.");

    public static IRuleBuilderOptions<T, IReadOnlyDictionary<string, string>> EndpointHeaders<T>(
        this IRuleBuilder<T, IReadOnlyDictionary<string, string>> headers) => headers
        .Must(h => h.Count <= MostHeaders && h.All(p => IsFreeName(p.Key) && IsValue(p.Value))
            && h.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count() == h.Count)
        .OverridePropertyName("headers").WithMessage(
            $"headers may have at most {MostHeaders} names of {MaxHeaderName} letters, digits and hyphens, once each, with values of 1 " +
            $"to {MaxHeaderValue} printable ASCII characters; "
            + "names that belong to HTTP itself, Content-*, Proxy-*, webhook-* and X-Signature are the sender's own, with hyphens or " +
                "underscores.");

    private static bool IsFreeName(string name) =>
        name.Length is > 0 and <= MaxHeaderName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !IsReserved(name);

    /// <summary>Whether a header is HTTP's or the sender's own, whatever its capitals and separators: receivers behind CGI read an
    /// underscore as a hyphen.</summary>
    public static bool IsReserved(string name)
    {
        var spelled = name.Trim().Replace('_', '-');
        return ReservedHeaders.Contains(spelled) || ReservedBeginnings.Any(b => spelled.StartsWith(b, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsValue(string value) =>
        value.Length is > 0 and <= MaxHeaderValue && value.All(c => c is >= ' ' and <= '~') && value[0] != ' ' && value[^1] != ' ';
}
