using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using FluentValidation;

namespace FaceAttendance.Application.Attendance;

/// <summary>What is said of a lesson or a day.</summary>
public interface IAnnouncedSession
{
    string Name { get; }

    IReadOnlyList<StudentId> Roster { get; }

    /// <summary>The roster, each student once.</summary>
    sealed StudentId[] Expected => [.. Roster.DistinctBy(s => s.Value).OrderBy(s => s.Value, StringComparer.Ordinal)];
}

internal abstract class AnnouncedSessionValidator<T> : AbstractValidator<T> where T : IAnnouncedSession
{
    protected AnnouncedSessionValidator()
    {
        RuleFor(c => c.Name).Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= ClassSession.MaxNameLength && !n.Any(char.IsControl))
            .OverridePropertyName("name")
            .WithMessage($"name must have 1 to {ClassSession.MaxNameLength} characters and no control characters.");
        RuleFor(c => c.Roster.Count).LessThanOrEqualTo(ClassSession.MaxRoster).OverridePropertyName("roster")
            .WithMessage($"A roster has at most {ClassSession.MaxRoster} students.");
    }
}
