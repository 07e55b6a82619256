using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Makes an endpoint. Its address is resolved and judged now, and again at every connection.</summary>
public sealed record AddWebhook(
    SchoolId School, string Url, string Description, IReadOnlyList<string> Events, IReadOnlyDictionary<string, string> Headers,
    bool Enabled)
    : IRequest<Result<EndpointWithSecret>>
{
    public override string ToString() => "AddWebhook(withheld)";
}

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

internal sealed class AddWebhookHandler(IWebhookEndpoints endpoints, IWebhookTargets targets)
    : IRequestHandler<AddWebhook, Result<EndpointWithSecret>>
{
    public async Task<Result<EndpointWithSecret>> Handle(AddWebhook command, CancellationToken ct)
    {
        var url = new Uri(command.Url);
        if (await targets.CheckAsync(url, ct) is { } refused) return refused;
        return await endpoints.AddAsync(
            command.School, url, command.Description, EventTypes.Ordered(command.Events), command.Headers, command.Enabled, ct) is { } added
            ? added
            : WebhookErrors.TooMany;
    }
}
