using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <summary>Sends a test event and waits for the answer.</summary>
public sealed record TestWebhook(SchoolId School, EndpointId Endpoint) : IRequest<Result<Delivery>>;

internal sealed class TestWebhookHandler(IDeliveries deliveries) : IRequestHandler<TestWebhook, Result<Delivery>>
{
    public async Task<Result<Delivery>> Handle(TestWebhook command, CancellationToken ct) =>
        await deliveries.TestAsync(command.School, command.Endpoint, ct) is { } tested ? tested : WebhookErrors.NotFound;
}
