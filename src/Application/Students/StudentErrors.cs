using FaceAttendance.Domain;

namespace FaceAttendance.Application.Students;

public static class StudentErrors
{
    public static Error NotFound { get; } = new("student.not_found", "Student not found", ErrorKind.NotFound);

    public static Error IdTaken { get; } = new(
        "student.id_taken", "A student has this id already; change that student, or choose another id.", ErrorKind.Conflict);

    public static Error TemplateNotFound { get; } = new("template.not_found", "The student has no such face template.", ErrorKind.NotFound);
}
