using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Audit;

/// <summary>A page of the audit log, newest first.</summary>
public sealed record ListAudit(SchoolId School, AuditFilter Filter, int Limit) : IRequest<Result<AuditPage>>;

/// <param name="Next">The number to go on before; null on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Items, long? Next);

internal sealed class ListAuditHandler(IAuditLog log) : IRequestHandler<ListAudit, Result<AuditPage>>
{
    public async Task<Result<AuditPage>> Handle(ListAudit query, CancellationToken ct)
    {
        var items = await log.ListAsync(query.School, query.Filter, query.Limit + 1, ct);
        return items.Count > query.Limit
            ? new AuditPage([.. items.Take(query.Limit)], items[query.Limit - 1].Number)
            : new AuditPage(items, null);
    }
}
