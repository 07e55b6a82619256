using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record SetEvidencePolicy(SchoolId School, EvidencePolicy Policy) : IRequest<Result<EvidencePolicy>>;

internal sealed class SetEvidencePolicyValidator : AbstractValidator<SetEvidencePolicy>
{
    public SetEvidencePolicyValidator() =>
        RuleFor(c => c.Policy.DecisiveWeight).InclusiveBetween(0, 10).OverridePropertyName("decisive_weight")
        .WithMessage("decisive_weight must lie between 0 and 10.");
}

internal sealed class SetEvidencePolicyHandler(IEvidencePolicies policies) : IRequestHandler<SetEvidencePolicy, Result<EvidencePolicy>>
{
    public async Task<Result<EvidencePolicy>> Handle(SetEvidencePolicy command, CancellationToken ct)
    {
        await policies.SetAsync(command.School, command.Policy, ct);
        return command.Policy;
    }
}
