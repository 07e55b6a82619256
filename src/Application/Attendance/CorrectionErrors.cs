using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class CorrectionErrors
{
    public static Error RecordNotFound { get; } = new(
        "correction.record_not_found", "The school has no such attendance record; a mark by hand may have taken its place.",
        ErrorKind.NotFound);

    public static Error NotFound { get; } = new(
        "correction.not_found", "The attendance record is not corrected, or the correction was undone already.", ErrorKind.NotFound);

    public static Error Exists { get; } = new(
        "correction.exists", "The attendance record is corrected already, in another way; undo that first.", ErrorKind.Conflict);

    public static Error NotASighting { get; } = new(
        "correction.not_a_sighting",
        "Only what a camera or a check-in recorded can bear a wrong name; mark the student by hand instead.", ErrorKind.Rejected);

    public static Error SameStudent { get; } = new(
        "correction.same_student", "This is the student whom the record names; give the one who it was, or null.", ErrorKind.Rejected)
    {
        Field = "student_id",
    };

    public static Error Overtaken { get; } = new(
        "correction.overtaken",
        "Since the correction the student was marked by hand or checked in there, or the class session was removed; mark the student by " +
        "hand instead.", ErrorKind.Conflict);
}
