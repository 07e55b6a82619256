using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

public sealed record GetWebhook(SchoolId School, EndpointId Id) : IRequest<Result<WebhookEndpoint>>;

internal sealed class GetWebhookHandler(IWebhookEndpoints endpoints) : IRequestHandler<GetWebhook, Result<WebhookEndpoint>>
{
    public async Task<Result<WebhookEndpoint>> Handle(GetWebhook query, CancellationToken ct) =>
        await endpoints.FindAsync(query.School, query.Id, ct) is { } found ? found : WebhookErrors.NotFound;
}
