using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

public sealed record ListApiKeys(SchoolId School, int Limit, int Offset) : IRequest<Result<ApiKeyPage>>;

public enum ApiKeyKind
{
    Program,
    Device,
}

public sealed record ApiKeyPage(IReadOnlyList<ApiKey> Items, int Total);

internal sealed class ListApiKeysHandler(IApiKeys keys) : IRequestHandler<ListApiKeys, Result<ApiKeyPage>>
{
    public async Task<Result<ApiKeyPage>> Handle(ListApiKeys query, CancellationToken ct)
    {
        var (items, total) = await keys.ListAsync(query.School, ApiKeyKind.Program, query.Limit, query.Offset, ct);
        return new ApiKeyPage(items, total);
    }
}
