using FluentValidation;

namespace FaceAttendance.Application.Students;

/// <summary>A command that brings a student's profile.</summary>
public interface IBringsProfile
{
    StudentProfile Profile { get; }
}

/// <summary>What a student's profile may hold, whichever way it comes.</summary>
internal abstract class StudentProfileRules<T> : AbstractValidator<T> where T : IBringsProfile
{
    protected StudentProfileRules(TimeProvider clock)
    {
        RuleFor(c => c.Profile.FullName).NotEmpty().MaximumLength(200).OverridePropertyName("full_name")
            .WithMessage("full_name must have 1 to 200 characters.");
        RuleFor(c => c.Profile.ClassName).MaximumLength(100).OverridePropertyName("class_name")
            .WithMessage("class_name must have at most 100 characters.");
        RuleFor(c => c.Profile.Address).MaximumLength(500).OverridePropertyName("address")
            .WithMessage("address must have at most 500 characters.");
        RuleFor(c => c.Profile.BirthDate).Must(date => date is not { } d || IsPlausible(d, clock)).OverridePropertyName("birth_date")
            .WithMessage("birth_date must lie between 1900-01-01 and today.");
    }

    private static bool IsPlausible(DateOnly date, TimeProvider clock) =>
        date.Year >= 1900 && date <= DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(1));
}
