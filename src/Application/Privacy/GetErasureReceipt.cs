using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record GetErasureReceipt(SchoolId School, Guid Receipt, StudentId? Claimed) : IRequest<Result<FoundReceipt>>;

public sealed record FoundReceipt(ErasureReceipt Receipt, bool? IsOf);

internal sealed class GetErasureReceiptHandler(IStudentRights rights) : IRequestHandler<GetErasureReceipt, Result<FoundReceipt>>
{
    public async Task<Result<FoundReceipt>> Handle(GetErasureReceipt query, CancellationToken ct) =>
        await rights.FindReceiptAsync(query.School, query.Receipt, query.Claimed, ct) is var (receipt, isOf)
            ? new FoundReceipt(receipt, isOf)
            : ErasureErrors.ReceiptNotFound;
}
