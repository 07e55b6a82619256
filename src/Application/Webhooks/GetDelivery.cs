using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

public sealed record GetDelivery(SchoolId School, EndpointId Endpoint, Guid Id) : IRequest<Result<Delivery>>;

internal sealed class GetDeliveryHandler(IDeliveries deliveries) : IRequestHandler<GetDelivery, Result<Delivery>>
{
    public async Task<Result<Delivery>> Handle(GetDelivery query, CancellationToken ct) =>
        await deliveries.FindAsync(query.School, query.Endpoint, query.Id, ct) is { } found ? found : WebhookErrors.DeliveryNotFound;
}
