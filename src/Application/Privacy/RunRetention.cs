using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record RunRetention(SchoolId School) : IRequest<Result<IReadOnlyList<RetentionClass>>>;

internal sealed class RunRetentionHandler(IRetention retention) : IRequestHandler<RunRetention, Result<IReadOnlyList<RetentionClass>>>
{
    public async Task<Result<IReadOnlyList<RetentionClass>>> Handle(RunRetention command, CancellationToken ct) =>
        await retention.RunAsync(command.School, ct);
}
