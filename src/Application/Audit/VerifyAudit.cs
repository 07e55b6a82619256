using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Audit;

public sealed record VerifyAudit(SchoolId School, AuditHead? Noted) : IRequest<Result<AuditVerdict>>;

internal sealed class VerifyAuditValidator : AbstractValidator<VerifyAudit>
{
    public VerifyAuditValidator() =>
        RuleFor(c => c.Noted!.Hash).Matches("^[0-9a-f]{64}$").When(c => c.Noted is not null).OverridePropertyName("head")
            .WithMessage("head must be the 64 hexadecimal digits that an earlier verification answered, and rows the number beside them.");
}

internal sealed class VerifyAuditHandler(IAuditLog log) : IRequestHandler<VerifyAudit, Result<AuditVerdict>>
{
    public async Task<Result<AuditVerdict>> Handle(VerifyAudit query, CancellationToken ct) =>
        await log.VerifyAsync(query.School, query.Noted, ct);
}
