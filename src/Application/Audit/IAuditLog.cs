using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Audit;

/// <summary>What was done, in the words of the audit log.</summary>
public static class AuditActions
{
    public const string TemplateEnrolled = "template.enrolled";
    public const string DuplicateOverridden = "template.duplicate_overridden";
    public const string AnotherPersonOverridden = "template.another_person_overridden";
    public const string TemplateRemoved = "template.removed";
    public const string TemplatesListed = "template.listed";
    public const string TemplatesRotated = "template.key_rotated";
    public const string TemplatesGivenUp = "template.given_up";
    public const string StudentRemoved = "student.removed";
    public const string StudentExported = "student.exported";
    public const string ConsentRecorded = "consent.recorded";
    public const string RetentionRun = "retention.run";
    public const string AttendanceMarked = "attendance.marked";
    public const string AttendanceCorrected = "attendance.corrected";
    public const string CorrectionUndone = "attendance.correction_undone";
    public const string KeyMade = "key.made";
    public const string KeyRotated = "key.rotated";
    public const string KeyRevoked = "key.revoked";
    public const string UserAdded = "user.added";
    public const string UserChanged = "user.changed";
    public const string UserLoggedOut = "user.logged_out";
    public const string WebhookMade = "webhook.made";
    public const string WebhookChanged = "webhook.changed";
    public const string WebhookSecretRotated = "webhook.secret_rotated";
    public const string WebhookRemoved = "webhook.removed";
    public const string SiteMade = "site.made";
    public const string SiteChanged = "site.changed";
    public const string SiteRemoved = "site.removed";
    public const string StudentSaved = "student.saved";
    public const string RosterImported = "roster.imported";
    public const string ClassSessionMade = "class_session.made";
    public const string ClassSessionChanged = "class_session.changed";
    public const string ClassSessionRemoved = "class_session.removed";
    public const string LessonMade = "lesson.made";
    public const string LessonChanged = "lesson.changed";
    public const string LessonRemoved = "lesson.removed";
    public const string HolidayMade = "holiday.made";
    public const string HolidayRemoved = "holiday.removed";
    public const string TimetableImported = "timetable.imported";
    public const string StudentsListed = "students.listed";
    public const string UsersListed = "users.listed";
    public const string AttendanceListed = "attendance.listed";
    public const string AttendanceExported = "attendance.exported";
    public const string GallerySurveyed = "gallery.surveyed";
    public const string NoticeAcknowledged = "notice.acknowledged";
    public const string SchoolChanged = "school.changed";
    public const string CameraMade = "camera.made";
    public const string CameraChanged = "camera.changed";
    public const string CameraRemoved = "camera.removed";
    public const string CameraViewed = "camera.viewed";
    public const string EvidencePolicyChanged = "policy.evidence_changed";
}

/// <summary>Something worth remembering that was done to a person's data or to what protects it.</summary>
/// <param name="Action">One of <see cref="AuditActions"/>.</param>
/// <param name="Subject">Whom or what it was done to: a student's id, a credential's name, a policy. At most 200 characters.</param>
/// <param name="Details">Ids and counts, which stay for ever; never an embedding, a picture, a position or a secret.</param>
/// <param name="Words">What goes with the student.</param>
public sealed record AuditEntry(
    SchoolId School, string Action, string Subject, IReadOnlyDictionary<string, object?>? Details = null, AuditWords? Words = null);

/// <summary>
/// What an entry says about a student besides their id: reasons, notes, how they attended. It is read with the entry's details until the
/// student is erased, and from then on each of its fields reads "erased". For the transaction that holds the student.
/// </summary>
/// <param name="Other">Another student whom it is about too, and with whom it goes as well.</param>
public sealed record AuditWords(StudentId Student, IReadOnlyDictionary<string, object?> Fields, StudentId? Other = null)
{
    public override string ToString() => "AuditWords(withheld)";
}

/// <summary>An entry as it stands in the log.</summary>
/// <param name="Number">1, 2, 3, … within the school.</param>
public sealed record AuditRecord(long Number, DateTimeOffset At, string Actor, string Action, string Subject, string DetailsJson);

/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Before">Only entries with smaller numbers: where the page before ended.</param>
public sealed record AuditFilter(DateTimeOffset? From, DateTimeOffset? To, string? Actor, string? Action, string? Subject, long? Before);

/// <summary>The end of a school's log at some moment: noted elsewhere, it shows later that nothing before it was rewritten.</summary>
/// <param name="Hash">SHA-256 in lower-case hex; empty for a log without entries.</param>
public sealed record AuditHead(long Length, string Hash);

public enum AuditFault
{
    /// <summary>The entry, or the one before it, is not as it was written.</summary>
    Changed,

    /// <summary>The entry is not there.</summary>
    Missing,

    /// <summary>The log is consistent in itself, but is not the one that the head was noted of.</summary>
    NotAsNoted,
}

/// <param name="Fault">Null when nothing was found.</param>
/// <param name="At">The number of the first entry at fault.</param>
public sealed record AuditVerdict(AuditHead Head, AuditFault? Fault, long? At);

/// <summary>The school's audit log: append-only, each entry chained to the one before.</summary>
public interface IAuditLog
{
    /// <summary>Writes an entry in a transaction of its own, in the present caller's name: for reads. A change writes its entry in its own
    /// transaction.</summary>
    Task AppendAsync(AuditEntry entry, CancellationToken ct);

    /// <returns>Newest first.</returns>
    Task<IReadOnlyList<AuditRecord>> ListAsync(SchoolId school, AuditFilter filter, int limit, CancellationToken ct);

    /// <summary>Recomputes the whole chain as of one moment.</summary>
    /// <param name="noted">A head that was noted earlier, to be found again; null to check the log against itself alone.</param>
    Task<AuditVerdict> VerifyAsync(SchoolId school, AuditHead? noted, CancellationToken ct);
}
