using FaceAttendance.Domain.Presence;
using FluentValidation;

namespace FaceAttendance.Application.Presence;

internal static class SiteRules
{
    public static void SiteName<T>(this IRuleBuilder<T, string> name) => name
        .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= Site.MaxNameLength && !n.Any(char.IsControl))
        .OverridePropertyName("name").WithMessage($"name must have 1 to {Site.MaxNameLength} characters and no control characters.");
}
