using FluentValidation;

namespace FaceAttendance.Application.Attendance;

/// <summary>A client-chosen key that makes a retry the same request. It is the caller's own: nobody else can use it up.</summary>
/// <param name="RequestDigest">SHA-256 of what was asked, so that one key cannot stand for two requests.</param>
public sealed record IdempotencyKey(string Value, ReadOnlyMemory<byte> RequestDigest)
{
    public const int MaxLength = 200;
}

internal static class IdempotencyRules
{
    public static void ChosenKey<T>(this IRuleBuilder<T, string?> key) => key
        .Must(k => k is null || (k.Length is > 0 and <= IdempotencyKey.MaxLength && k.All(c => c is > ' ' and <= '~')))
        .OverridePropertyName("Idempotency-Key")
        .WithMessage($"Idempotency-Key must have 1 to {IdempotencyKey.MaxLength} printable ASCII characters without spaces.");
}
