using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Privacy;

/// <summary>Proof of an erasure that names nobody.</summary>
/// <param name="Removed">Rows by class of data.</param>
public sealed record ErasureReceipt(Guid Id, DateTimeOffset ErasedAt, string ErasedBy, IReadOnlyDictionary<string, long> Removed);

public static class ErasureErrors
{
    public static Error ReceiptNotFound { get; } = new("erasure.receipt_not_found", "There is no receipt with this id.", ErrorKind.NotFound);

    public static Error ListUnwritable { get; } = new(
        "erasure.list_unwritable",
        "Nothing was changed: the file that lists erasures for restored backups (ERASURES_FILE) cannot be written. Let the operator make room or rights, then try again.",
        ErrorKind.Unavailable);
}

/// <summary>The list of erasures cannot be written, so that a restored backup would undo what is asked.</summary>
public sealed class ErasureListException(string message, Exception inner) : Exception(message, inner);

/// <summary>Students' rights to their data: all of it in one file, and none of it any more.</summary>
public interface IStudentRights
{
    /// <summary>Removes the student with all that is kept of them; the gallery has forgotten them when the task completes, in every process soon after.</summary>
    /// <returns>Null for an unknown student.</returns>
    Task<ErasureReceipt?> EraseAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <param name="claimed">Whether this student was the one; null asks nothing.</param>
    /// <returns>Null for an unknown receipt.</returns>
    Task<(ErasureReceipt Receipt, bool? IsOf)?> FindReceiptAsync(SchoolId school, Guid receipt, StudentId? claimed, CancellationToken ct);

    /// <returns>All that is kept of the student, as JSON; null for an unknown student.</returns>
    Task<string?> ExportAsync(SchoolId school, StudentId student, CancellationToken ct);
}

public sealed record EraseStudent(SchoolId School, StudentId Student) : IRequest<Result<ErasureReceipt>>;

public sealed record GetErasureReceipt(SchoolId School, Guid Receipt, StudentId? Claimed) : IRequest<Result<FoundReceipt>>;

public sealed record FoundReceipt(ErasureReceipt Receipt, bool? IsOf);

public sealed record ExportStudent(SchoolId School, StudentId Student) : IRequest<Result<StudentExport>>;

public sealed record StudentExport(string Json)
{
    public override string ToString() => "StudentExport(withheld)";
}

internal sealed class StudentRightsHandler(IStudentRights rights) :
    IRequestHandler<EraseStudent, Result<ErasureReceipt>>,
    IRequestHandler<GetErasureReceipt, Result<FoundReceipt>>,
    IRequestHandler<ExportStudent, Result<StudentExport>>
{
    public async Task<Result<ErasureReceipt>> Handle(EraseStudent command, CancellationToken ct) =>
        await rights.EraseAsync(command.School, command.Student, ct) is { } receipt ? receipt : StudentErrors.NotFound;

    public async Task<Result<FoundReceipt>> Handle(GetErasureReceipt query, CancellationToken ct) =>
        await rights.FindReceiptAsync(query.School, query.Receipt, query.Claimed, ct) is var (receipt, isOf)
            ? new FoundReceipt(receipt, isOf)
            : ErasureErrors.ReceiptNotFound;

    public async Task<Result<StudentExport>> Handle(ExportStudent query, CancellationToken ct) =>
        await rights.ExportAsync(query.School, query.Student, ct) is { } json ? new StudentExport(json) : StudentErrors.NotFound;
}
