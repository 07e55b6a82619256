using FaceAttendance.Domain;

namespace FaceAttendance.Application.Students;

public static class StudentErrors
{
    public static Error NotFound { get; } = new("student.not_found", "Student not found", ErrorKind.NotFound);

    public static Error TemplateNotFound { get; } = new("template.not_found", "The student has no such face template.", ErrorKind.NotFound);
}
