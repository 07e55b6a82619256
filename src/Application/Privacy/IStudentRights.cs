using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Privacy;

/// <summary>Students' rights to their data: all of it in one file, and none of it any more.</summary>
public interface IStudentRights
{
    /// <summary>Removes the student with all that is kept of them; the gallery has forgotten them when the task completes, in every process
    /// soon after.</summary>
    /// <returns>Null for an unknown student.</returns>
    Task<ErasureReceipt?> EraseAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <param name="claimed">Whether this student was the one; null asks nothing.</param>
    /// <returns>Null for an unknown receipt.</returns>
    Task<(ErasureReceipt Receipt, bool? IsOf)?> FindReceiptAsync(SchoolId school, Guid receipt, StudentId? claimed, CancellationToken ct);

    /// <returns>All that is kept of the student, as JSON; null for an unknown student.</returns>
    Task<string?> ExportAsync(SchoolId school, StudentId student, CancellationToken ct);
}
