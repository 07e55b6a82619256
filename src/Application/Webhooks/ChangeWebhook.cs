using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Changes what is given and leaves the rest. Enabling an endpoint forgets why it was disabled.</summary>
public sealed record ChangeWebhook(
    SchoolId School, EndpointId Id, string? Url, string? Description, IReadOnlyList<string>? Events,
    IReadOnlyDictionary<string, string>? Headers, bool? Enabled)
    : IRequest<Result<WebhookEndpoint>>
{
    public override string ToString() => $"ChangeWebhook({Id})";
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

internal sealed class ChangeWebhookHandler(IWebhookEndpoints endpoints, IWebhookTargets targets)
    : IRequestHandler<ChangeWebhook, Result<WebhookEndpoint>>
{
    public async Task<Result<WebhookEndpoint>> Handle(ChangeWebhook command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await endpoints.BuiltInOrAbsentAsync(command.School, ct);
        var url = command.Url is { } given ? new Uri(given) : null;
        if (url is not null && await targets.CheckAsync(url, ct) is { } refused) return refused;
        var changes =
            new EndpointChanges(url, command.Description, command.Events is { } events ? EventTypes.Ordered(events) : null, command.Headers,
                command.Enabled);
        return await endpoints.ChangeAsync(command.School, command.Id, changes, ct) is { } changed ? changed : WebhookErrors.NotFound;
    }
}
