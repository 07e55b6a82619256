using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Notices;

/// <summary>A school's notices. Each change is told to webhook endpoints that want it and to live listeners, once, however many processes
/// see the same cause.</summary>
public interface INotices
{
    /// <summary>Does nothing where one of this kind and subject is raised already, or one of its students is gone.</summary>
    Task RaiseAsync(NewNotice notice, CancellationToken ct);

    /// <summary>Newest first.</summary>
    /// <param name="onlyOpen">Those whose cause lasts and that nobody has acknowledged.</param>
    Task<(IReadOnlyList<Notice> Items, int Total)> ListAsync(
        SchoolId school, bool onlyOpen, int limit, int offset, CancellationToken ct);

    /// <summary>Notes who knows; whoever was first stays.</summary>
    /// <returns>Null when there is no such notice.</returns>
    Task<Notice?> AcknowledgeAsync(SchoolId school, NoticeId id, string by, CancellationToken ct);
}
