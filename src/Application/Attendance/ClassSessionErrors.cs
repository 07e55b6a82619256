using FaceAttendance.Domain;

namespace FaceAttendance.Application.Attendance;

public static class ClassSessionErrors
{
    public static Error NotFound { get; } = new("session.not_found", "The school has no such class session.", ErrorKind.NotFound);

    public static Error HasRecords { get; } = new(
        "session.has_records", "The class session holds attendance already and is kept with it.", ErrorKind.Conflict);

    /// <param name="students">Those that the school does not know.</param>
    public static Error UnknownStudents(IEnumerable<string> students) => new(
        "session.unknown_students", "The roster names students that the school does not know.", ErrorKind.Rejected)
    {
        Field = "roster", Details = new Dictionary<string, object?> { ["students"] = students.ToArray() },
    };
}
