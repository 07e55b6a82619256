using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class CheckInErrors
{
    public static Error KeyReused { get; } = new(
        "check_in.key_reused", "The Idempotency-Key was used for another request; choose a new one.", ErrorKind.Rejected)
    {
        Field = "Idempotency-Key",
    };
}
