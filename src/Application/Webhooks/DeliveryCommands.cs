using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>A page of an endpoint's deliveries, newest first; those of status dead are its dead letters.</summary>
public sealed record ListDeliveries(SchoolId School, EndpointId Endpoint, DeliveryFilter Filter) : IRequest<Result<IReadOnlyList<Delivery>>>;

public sealed record GetDelivery(SchoolId School, EndpointId Endpoint, Guid Id) : IRequest<Result<Delivery>>;

/// <summary>Sends one delivery again.</summary>
public sealed record ReplayDelivery(SchoolId School, EndpointId Endpoint, Guid Id) : IRequest<Result<Delivery>>;

/// <summary>Sends again what belongs to a span of time.</summary>
/// <param name="Status">Null for all, those that were never sent included.</param>
public sealed record ReplayDeliveries(SchoolId School, EndpointId Endpoint, DateTimeOffset From, DateTimeOffset To, DeliveryStatus? Status)
    : IRequest<Result<int>>;

/// <summary>Sends a test event and waits for the answer.</summary>
public sealed record TestWebhook(SchoolId School, EndpointId Endpoint) : IRequest<Result<Delivery>>;

internal sealed class ReplayDeliveriesValidator : AbstractValidator<ReplayDeliveries>
{
    public ReplayDeliveriesValidator() =>
        RuleFor(c => c.To).Must((c, to) => to > c.From).OverridePropertyName("to").WithMessage("to must lie after from.");
}

internal sealed class DeliveryCommandsHandler(IWebhookEndpoints endpoints, IDeliveries deliveries) :
    IRequestHandler<ListDeliveries, Result<IReadOnlyList<Delivery>>>,
    IRequestHandler<GetDelivery, Result<Delivery>>,
    IRequestHandler<ReplayDelivery, Result<Delivery>>,
    IRequestHandler<ReplayDeliveries, Result<int>>,
    IRequestHandler<TestWebhook, Result<Delivery>>
{
    public async Task<Result<IReadOnlyList<Delivery>>> Handle(ListDeliveries query, CancellationToken ct)
    {
        if (await endpoints.FindAsync(query.School, query.Endpoint, ct) is null) return WebhookErrors.NotFound;
        return Result<IReadOnlyList<Delivery>>.Ok(await deliveries.ListAsync(query.School, query.Endpoint, query.Filter, ct));
    }

    public async Task<Result<Delivery>> Handle(GetDelivery query, CancellationToken ct) =>
        await deliveries.FindAsync(query.School, query.Endpoint, query.Id, ct) is { } found ? found : WebhookErrors.DeliveryNotFound;

    public async Task<Result<Delivery>> Handle(ReplayDelivery command, CancellationToken ct)
    {
        var isSentAgain = await deliveries.ReplayAsync(command.School, command.Endpoint, command.Id, ct);
        if (await deliveries.FindAsync(command.School, command.Endpoint, command.Id, ct) is not { } found) return WebhookErrors.DeliveryNotFound;
        return isSentAgain ? found : WebhookErrors.EventErased;
    }

    public async Task<Result<int>> Handle(ReplayDeliveries command, CancellationToken ct)
    {
        if (await endpoints.FindAsync(command.School, command.Endpoint, ct) is null) return WebhookErrors.NotFound;
        return await deliveries.ReplayAsync(command.School, command.Endpoint, command.From, command.To, command.Status, ct);
    }

    public async Task<Result<Delivery>> Handle(TestWebhook command, CancellationToken ct) =>
        await deliveries.TestAsync(command.School, command.Endpoint, ct) is { } tested ? tested : WebhookErrors.NotFound;
}
