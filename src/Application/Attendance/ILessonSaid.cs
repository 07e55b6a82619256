using FaceAttendance.Domain.Attendance;
using FluentValidation;

namespace FaceAttendance.Application.Attendance;

/// <summary>A request that carries a whole lesson.</summary>
public interface ILessonSaid
{
    Lesson Lesson { get; }
}

internal abstract class LessonValidator<T> : AbstractValidator<T> where T : ILessonSaid
{
    private const int MaxClassName = 100;

    protected LessonValidator()
    {
        RuleFor(c => c.Lesson.Name)
            .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= ClassSession.MaxNameLength && !n.Any(char.IsControl))
            .OverridePropertyName("name")
            .WithMessage($"name must have 1 to {ClassSession.MaxNameLength} characters and no control characters.");
        RuleFor(c => c.Lesson.ClassName)
            .Must(n => n is null || (!string.IsNullOrWhiteSpace(n) && n.Length <= MaxClassName && !n.Any(char.IsControl)))
            .OverridePropertyName("class_name")
            .WithMessage($"class_name must have 1 to {MaxClassName} characters and no control characters, or be left out.");
        RuleFor(c => c.Lesson.Weekdays.Count).GreaterThan(0).OverridePropertyName("weekdays").WithMessage("weekdays must name a day.");
        RuleFor(c => c.Lesson.Students.Count).LessThanOrEqualTo(ClassSession.MaxRoster).OverridePropertyName("students")
            .WithMessage($"A roster has at most {ClassSession.MaxRoster} students.");
        RuleFor(c => c.Lesson).Must(l => !(l.ValidUntil < l.ValidFrom)).OverridePropertyName("valid_until")
            .WithMessage("valid_until must not be before valid_from.");
    }
}
