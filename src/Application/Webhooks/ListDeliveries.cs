using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>A page of an endpoint's deliveries, newest first; those of status dead are its dead letters.</summary>
public sealed record ListDeliveries(SchoolId School, EndpointId Endpoint, DeliveryFilter Filter)
    : IRequest<Result<IReadOnlyList<Delivery>>>;

internal sealed class ListDeliveriesHandler(IWebhookEndpoints endpoints, IDeliveries deliveries)
    : IRequestHandler<ListDeliveries, Result<IReadOnlyList<Delivery>>>
{
    public async Task<Result<IReadOnlyList<Delivery>>> Handle(ListDeliveries query, CancellationToken ct)
    {
        if (await endpoints.FindAsync(query.School, query.Endpoint, ct) is null) return WebhookErrors.NotFound;
        return Result<IReadOnlyList<Delivery>>.Ok(await deliveries.ListAsync(query.School, query.Endpoint, query.Filter, ct));
    }
}
