using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

public sealed record ListWebhooks(SchoolId School) : IRequest<Result<IReadOnlyList<WebhookEndpoint>>>;

internal sealed class ListWebhooksHandler(IWebhookEndpoints endpoints)
    : IRequestHandler<ListWebhooks, Result<IReadOnlyList<WebhookEndpoint>>>
{
    public async Task<Result<IReadOnlyList<WebhookEndpoint>>> Handle(ListWebhooks query, CancellationToken ct) =>
        Result<IReadOnlyList<WebhookEndpoint>>.Ok(await endpoints.ListAsync(query.School, ct));
}
