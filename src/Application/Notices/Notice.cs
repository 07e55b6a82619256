using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Notices;

/// <summary>Something that staff must know of. Of one kind and subject there is one whose cause lasts.</summary>
/// <param name="Subject">A device's id, an endpoint's id, or a machine's name; empty for lookalikes, who are two students.</param>
/// <param name="Label">The subject as people call it: a device's name, an endpoint's host, a folder, a certificate's name.</param>
/// <param name="At">When a device was last heard of, deliveries began to fail, or the newest backup was made; when a certificate
/// ends.</param>
/// <param name="Similarity">Of lookalikes: cosine similarity of the new photo to the other student.</param>
/// <param name="Student">Of lookalikes; null once the student is removed.</param>
public sealed record NewNotice(
    SchoolId School, NoticeKind Kind, string Subject, string Label, DateTimeOffset? At = null, float? Similarity = null,
    StudentId? Student = null, StudentId? Other = null)
{
    /// <summary>Two students, in whatever order.</summary>
    public static NewNotice OfLookalikes(SchoolId school, StudentId one, StudentId other, float similarity)
    {
        var isInOrder = string.CompareOrdinal(one.Value, other.Value) < 0;
        return new(
            school, NoticeKind.Lookalike, "", "", Similarity: similarity, Student: isInOrder ? one : other, Other: isInOrder ? other : one);
    }

    public override string ToString() => $"NewNotice({Kind})";
}

/// <summary>A notice as it stands.</summary>
/// <param name="AcknowledgedBy">Who said that they know, in the words of the audit log.</param>
public sealed record Notice(
    NoticeId Id, NewNotice What, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy)
{
    public NoticeState State => ResolvedAt is not null ? NoticeState.Resolved
        : AcknowledgedAt is not null ? NoticeState.Acknowledged : NoticeState.Open;

    public override string ToString() => $"Notice({Id})";
}
