using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record GetEvidencePolicy(SchoolId School) : IRequest<Result<EvidencePolicy>>;

internal sealed class GetEvidencePolicyHandler(IEvidencePolicies policies) : IRequestHandler<GetEvidencePolicy, Result<EvidencePolicy>>
{
    public async Task<Result<EvidencePolicy>> Handle(GetEvidencePolicy query, CancellationToken ct) =>
        await policies.GetAsync(query.School, ct);
}
