using FaceAttendance.Domain;

namespace FaceAttendance.Application.Students;

public static class ImportErrors
{
    public static Error RepeatedStudent(int line) => new(
        "roster.repeated_student", $"The student stands in line {line} already; leave one of the two.", ErrorKind.Rejected);

    public static Error TooManyRows { get; } = new(
        "roster.too_many_rows", $"A roster has at most {ImportStudents.MaxRows} rows; send the rest as another.", ErrorKind.TooLarge);
}
