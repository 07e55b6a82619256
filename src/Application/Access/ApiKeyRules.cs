using FluentValidation;

namespace FaceAttendance.Application.Access;

internal static class ApiKeyRules
{
    public static void KeyName<T>(this IRuleBuilder<T, string> name) => name
        .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= ApiKey.MaxNameLength && !n.Any(char.IsControl))
        .OverridePropertyName("name").WithMessage($"name must have 1 to {ApiKey.MaxNameLength} characters and no control characters.");
}
