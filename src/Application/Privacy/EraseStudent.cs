using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record EraseStudent(SchoolId School, StudentId Student) : IRequest<Result<ErasureReceipt>>;

/// <summary>Proof of an erasure that names nobody.</summary>
/// <param name="Removed">Rows by class of data.</param>
public sealed record ErasureReceipt(Guid Id, DateTimeOffset ErasedAt, string ErasedBy, IReadOnlyDictionary<string, long> Removed);

internal sealed class EraseStudentHandler(IStudentRights rights) : IRequestHandler<EraseStudent, Result<ErasureReceipt>>
{
    public async Task<Result<ErasureReceipt>> Handle(EraseStudent command, CancellationToken ct) =>
        await rights.EraseAsync(command.School, command.Student, ct) is { } receipt ? receipt : StudentErrors.NotFound;
}
