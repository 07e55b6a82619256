using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Makes an endpoint. Its address is resolved and judged now, and again at every connection.</summary>
public sealed record AddWebhook(
    SchoolId School, string Url, string Description, IReadOnlyList<string> Events, IReadOnlyDictionary<string, string> Headers, bool Enabled)
    : IRequest<Result<EndpointWithSecret>>
{
    public override string ToString() => "AddWebhook(withheld)";
}

/// <summary>Changes what is given and leaves the rest. Enabling an endpoint forgets why it was disabled.</summary>
public sealed record ChangeWebhook(
    SchoolId School, EndpointId Id, string? Url, string? Description, IReadOnlyList<string>? Events, IReadOnlyDictionary<string, string>? Headers, bool? Enabled)
    : IRequest<Result<WebhookEndpoint>>
{
    public override string ToString() => $"ChangeWebhook({Id})";
}

public sealed record ListWebhooks(SchoolId School) : IRequest<Result<IReadOnlyList<WebhookEndpoint>>>;

public sealed record GetWebhook(SchoolId School, EndpointId Id) : IRequest<Result<WebhookEndpoint>>;

public sealed record RemoveWebhook(SchoolId School, EndpointId Id) : IRequest<Result<Done>>;

/// <param name="Overlap">How long deliveries bear the old secret's signature too; zero ends the old one and every earlier one at once.</param>
public sealed record RotateWebhookSecret(SchoolId School, EndpointId Id, TimeSpan Overlap) : IRequest<Result<EndpointWithSecret>>;

internal sealed class AddWebhookValidator : AbstractValidator<AddWebhook>
{
    public AddWebhookValidator()
    {
        RuleFor(c => c.Url).EndpointUrl();
        RuleFor(c => c.Description).EndpointDescription();
        RuleFor(c => c.Events).EventFilter();
        RuleFor(c => c.Headers).EndpointHeaders();
    }
}

internal sealed class ChangeWebhookValidator : AbstractValidator<ChangeWebhook>
{
    public ChangeWebhookValidator()
    {
        RuleFor(c => c.Url!).EndpointUrl().When(c => c.Url is not null);
        RuleFor(c => c.Description!).EndpointDescription().When(c => c.Description is not null);
        RuleFor(c => c.Events!).EventFilter().When(c => c.Events is not null);
        RuleFor(c => c.Headers!).EndpointHeaders().When(c => c.Headers is not null);
    }
}

internal sealed class RotateWebhookSecretValidator : AbstractValidator<RotateWebhookSecret>
{
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    public RotateWebhookSecretValidator() => RuleFor(c => c.Overlap).Must(o => o >= TimeSpan.Zero && o <= LongestOverlap).OverridePropertyName("overlap_hours")
        .WithMessage($"overlap_hours must lie between 0 and {LongestOverlap.TotalHours}.");
}

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
        "Connection", "Keep-Alive", "TE", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Host", "Expect", "Date", "Via", "Forwarded",
        "Max-Forwards", "User-Agent", "Cookie", "X-Signature",
    };

    private static readonly string[] ReservedBeginnings = ["webhook-", "Content-", "Proxy-", "X-Forwarded-", "Sec-", "Transfer-"];

    public static IRuleBuilderOptions<T, string> EndpointUrl<T>(this IRuleBuilder<T, string> url) => url
        .Must(u => Uri.TryCreate(u, UriKind.Absolute, out var parsed) && parsed.AbsoluteUri.Length <= MaxUrl && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
            && parsed.UserInfo.Length == 0 && parsed.Fragment.Length == 0 && parsed.Host.Length > 0)
        .OverridePropertyName("url").WithMessage($"url must be an absolute https:// address of at most {MaxUrl} characters, without a user name and a fragment.");

    public static IRuleBuilderOptions<T, string> EndpointDescription<T>(this IRuleBuilder<T, string> description) => description
        .Must(d => d.Length <= MaxDescription && !d.Any(char.IsControl))
        .OverridePropertyName("description").WithMessage($"description must have at most {MaxDescription} characters and no control characters.");

    public static IRuleBuilderOptions<T, IReadOnlyList<string>> EventFilter<T>(this IRuleBuilder<T, IReadOnlyList<string>> events) => events
        .Must(e => e.All(EventTypes.Filterable.Contains))
        .OverridePropertyName("events").WithMessage($"events must name some of: {string.Join(", ", EventTypes.Filterable)}; an empty list means all.");

    public static IRuleBuilderOptions<T, IReadOnlyDictionary<string, string>> EndpointHeaders<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, string>> headers) => headers
        .Must(h => h.Count <= MostHeaders && h.All(p => IsFreeName(p.Key) && IsValue(p.Value)) && h.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count() == h.Count)
        .OverridePropertyName("headers").WithMessage(
            $"headers may have at most {MostHeaders} names of {MaxHeaderName} letters, digits and hyphens, once each, with values of 1 to {MaxHeaderValue} printable ASCII characters; "
            + "names that belong to HTTP itself, Content-*, Proxy-*, webhook-* and X-Signature are the sender's own, with hyphens or underscores.");

    private static bool IsFreeName(string name) => name.Length is > 0 and <= MaxHeaderName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !IsReserved(name);

    /// <summary>Whether a header is HTTP's or the sender's own, whatever its capitals and separators: receivers behind CGI read an underscore as a hyphen.</summary>
    public static bool IsReserved(string name)
    {
        var spelled = name.Trim().Replace('_', '-');
        return ReservedHeaders.Contains(spelled) || ReservedBeginnings.Any(b => spelled.StartsWith(b, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsValue(string value) =>
        value.Length is > 0 and <= MaxHeaderValue && value.All(c => c is >= ' ' and <= '~') && value[0] != ' ' && value[^1] != ' ';
}

internal sealed class WebhookCommandsHandler(IWebhookEndpoints endpoints, IWebhookTargets targets) :
    IRequestHandler<AddWebhook, Result<EndpointWithSecret>>,
    IRequestHandler<ChangeWebhook, Result<WebhookEndpoint>>,
    IRequestHandler<ListWebhooks, Result<IReadOnlyList<WebhookEndpoint>>>,
    IRequestHandler<GetWebhook, Result<WebhookEndpoint>>,
    IRequestHandler<RemoveWebhook, Result<Done>>,
    IRequestHandler<RotateWebhookSecret, Result<EndpointWithSecret>>
{
    public async Task<Result<EndpointWithSecret>> Handle(AddWebhook command, CancellationToken ct)
    {
        var url = new Uri(command.Url);
        if (await targets.CheckAsync(url, ct) is { } refused) return refused;
        return await endpoints.AddAsync(command.School, url, command.Description, Ordered(command.Events), command.Headers, command.Enabled, ct) is { } added
            ? added
            : WebhookErrors.TooMany;
    }

    public async Task<Result<WebhookEndpoint>> Handle(ChangeWebhook command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await BuiltInOrAbsentAsync(command.School, ct);
        var url = command.Url is { } given ? new Uri(given) : null;
        if (url is not null && await targets.CheckAsync(url, ct) is { } refused) return refused;
        var changes = new EndpointChanges(url, command.Description, command.Events is { } events ? Ordered(events) : null, command.Headers, command.Enabled);
        return await endpoints.ChangeAsync(command.School, command.Id, changes, ct) is { } changed ? changed : WebhookErrors.NotFound;
    }

    public async Task<Result<IReadOnlyList<WebhookEndpoint>>> Handle(ListWebhooks query, CancellationToken ct) =>
        Result<IReadOnlyList<WebhookEndpoint>>.Ok(await endpoints.ListAsync(query.School, ct));

    public async Task<Result<WebhookEndpoint>> Handle(GetWebhook query, CancellationToken ct) =>
        await endpoints.FindAsync(query.School, query.Id, ct) is { } found ? found : WebhookErrors.NotFound;

    public async Task<Result<Done>> Handle(RemoveWebhook command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await BuiltInOrAbsentAsync(command.School, ct);
        return await endpoints.RemoveAsync(command.School, command.Id, ct) ? default(Done) : WebhookErrors.NotFound;
    }

    public async Task<Result<EndpointWithSecret>> Handle(RotateWebhookSecret command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await BuiltInOrAbsentAsync(command.School, ct);
        return await endpoints.RotateSecretAsync(command.School, command.Id, command.Overlap, ct);
    }

    private async Task<Error> BuiltInOrAbsentAsync(SchoolId school, CancellationToken ct) =>
        await endpoints.FindAsync(school, EndpointId.Operators, ct) is null ? WebhookErrors.NotFound : WebhookErrors.BuiltIn;

    private static IReadOnlyList<string> Ordered(IReadOnlyList<string> events) => [.. events.Distinct().Order(StringComparer.Ordinal)];
}
