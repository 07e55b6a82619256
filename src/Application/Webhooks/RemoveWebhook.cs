using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

public sealed record RemoveWebhook(SchoolId School, EndpointId Id) : IRequest<Result<Done>>;

internal sealed class RemoveWebhookHandler(IWebhookEndpoints endpoints) : IRequestHandler<RemoveWebhook, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveWebhook command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await endpoints.BuiltInOrAbsentAsync(command.School, ct);
        return await endpoints.RemoveAsync(command.School, command.Id, ct) ? default(Done) : WebhookErrors.NotFound;
    }
}
