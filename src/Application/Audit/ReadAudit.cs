using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Audit;

/// <summary>A page of the audit log, newest first.</summary>
public sealed record ListAudit(SchoolId School, AuditFilter Filter, int Limit) : IRequest<Result<AuditPage>>;

/// <param name="Next">The number to go on before; null on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Items, long? Next);

public sealed record VerifyAudit(SchoolId School, AuditHead? Noted) : IRequest<Result<AuditVerdict>>;

internal sealed class VerifyAuditValidator : AbstractValidator<VerifyAudit>
{
    public VerifyAuditValidator() =>
        RuleFor(c => c.Noted!.Hash).Matches("^[0-9a-f]{64}$").When(c => c.Noted is not null).OverridePropertyName("head")
            .WithMessage("head must be the 64 hexadecimal digits that an earlier verification answered, and rows the number beside them.");
}

internal sealed class ReadAuditHandler(IAuditLog log) :
    IRequestHandler<ListAudit, Result<AuditPage>>,
    IRequestHandler<VerifyAudit, Result<AuditVerdict>>
{
    public async Task<Result<AuditPage>> Handle(ListAudit query, CancellationToken ct)
    {
        var items = await log.ListAsync(query.School, query.Filter, query.Limit + 1, ct);
        return items.Count > query.Limit
            ? new AuditPage([.. items.Take(query.Limit)], items[query.Limit - 1].Number)
            : new AuditPage(items, null);
    }

    public async Task<Result<AuditVerdict>> Handle(VerifyAudit query, CancellationToken ct) => await log.VerifyAsync(query.School, query.Noted, ct);
}
