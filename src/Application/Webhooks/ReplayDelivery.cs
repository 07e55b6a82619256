using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Sends one delivery again.</summary>
public sealed record ReplayDelivery(SchoolId School, EndpointId Endpoint, Guid Id) : IRequest<Result<Delivery>>;

internal sealed class ReplayDeliveryHandler(IDeliveries deliveries) : IRequestHandler<ReplayDelivery, Result<Delivery>>
{
    public async Task<Result<Delivery>> Handle(ReplayDelivery command, CancellationToken ct)
    {
        var isSentAgain = await deliveries.ReplayAsync(command.School, command.Endpoint, command.Id, ct);
        if (await deliveries.FindAsync(command.School, command.Endpoint, command.Id, ct) is not { } found)
            return WebhookErrors.DeliveryNotFound;
        return isSentAgain ? found : WebhookErrors.EventErased;
    }
}
