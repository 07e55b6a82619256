using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class SightingErrors
{
    public static Error Invalid { get; } = new(
        "sighting.invalid", "The sighting was not made here, or was changed, or belongs to another school; drop it.", ErrorKind.Rejected);

    public static Error Expired { get; } = new(
        "sighting.expired", "The sighting is older than seven days and is not recorded any more; drop it, and mark the student by hand.",
        ErrorKind.Rejected);
}
