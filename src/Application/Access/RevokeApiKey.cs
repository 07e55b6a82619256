using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

public sealed record RevokeApiKey(SchoolId School, ApiKeyId Id) : IRequest<Result<Done>>;

internal sealed class RevokeApiKeyHandler(IApiKeys keys) : IRequestHandler<RevokeApiKey, Result<Done>>
{
    public async Task<Result<Done>> Handle(RevokeApiKey command, CancellationToken ct) =>
        await keys.RevokeAsync(command.School, command.Id, ct) ? default(Done) : ApiKeyErrors.NotFound;
}
