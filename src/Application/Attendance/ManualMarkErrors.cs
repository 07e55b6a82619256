using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class ManualMarkErrors
{
    public static Error KeyReused { get; } = new(
        "attendance.key_reused", "The Idempotency-Key was used for another request; choose a new one.", ErrorKind.Rejected)
    {
        Field = "Idempotency-Key",
    };

    public static Error RecordNotFound { get; } = new(
        "attendance.record_not_found", "The student has no such attendance record; another mark may have taken its place already.",
        ErrorKind.NotFound)
    {
        Field = "replaces",
    };
}
