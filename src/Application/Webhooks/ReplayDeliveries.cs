using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Sends again what belongs to a span of time.</summary>
/// <param name="Status">Null for all, those that were never sent included.</param>
public sealed record ReplayDeliveries(SchoolId School, EndpointId Endpoint, DateTimeOffset From, DateTimeOffset To, DeliveryStatus? Status)
    : IRequest<Result<int>>;

internal sealed class ReplayDeliveriesValidator : AbstractValidator<ReplayDeliveries>
{
    public ReplayDeliveriesValidator() =>
        RuleFor(c => c.To).Must((c, to) => to > c.From).OverridePropertyName("to").WithMessage("to must lie after from.");
}

internal sealed class ReplayDeliveriesHandler(IWebhookEndpoints endpoints, IDeliveries deliveries)
    : IRequestHandler<ReplayDeliveries, Result<int>>
{
    public async Task<Result<int>> Handle(ReplayDeliveries command, CancellationToken ct)
    {
        if (await endpoints.FindAsync(command.School, command.Endpoint, ct) is null) return WebhookErrors.NotFound;
        return await deliveries.ReplayAsync(command.School, command.Endpoint, command.From, command.To, command.Status, ct);
    }
}
