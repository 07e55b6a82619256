using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record PreviewRetention(SchoolId School) : IRequest<Result<IReadOnlyList<RetentionClass>>>;

/// <param name="Name">The class of data.</param>
/// <param name="Days">How long it is kept; 0 for ever.</param>
/// <param name="Rows">What a run would remove now, or has removed.</param>
public sealed record RetentionClass(string Name, int Days, long Rows);

internal sealed class PreviewRetentionHandler(IRetention retention)
    : IRequestHandler<PreviewRetention, Result<IReadOnlyList<RetentionClass>>>
{
    public async Task<Result<IReadOnlyList<RetentionClass>>> Handle(PreviewRetention query, CancellationToken ct) =>
        Result<IReadOnlyList<RetentionClass>>.Ok(await retention.PreviewAsync(query.School, ct));
}
