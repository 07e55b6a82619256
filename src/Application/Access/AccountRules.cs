using FaceAttendance.Domain.Access;
using FluentValidation;

namespace FaceAttendance.Application.Access;

internal static class AccountRules
{
    // Far beyond any passphrase; a hash's cost does not grow with it.
    private const int MaxPasswordLength = 1024;

    public static IRuleBuilderOptions<T, string> Password<T>(this IRuleBuilder<T, string> password, AccountOptions options) => password
        .Length(options.MinPasswordLength, MaxPasswordLength).OverridePropertyName("password")
        .WithMessage($"A password has {options.MinPasswordLength} to {MaxPasswordLength} characters.");

    /// <param name="faultOf">See <see cref="WeakPasswords.FaultOf"/>.</param>
    public static IRuleBuilderOptions<T, string> IsNotWeak<T>(this IRuleBuilder<T, string> password, Func<T, string, string?> faultOf) =>
        password
        .Must((command, text) => faultOf(command, text) is null).OverridePropertyName("password")
        .WithMessage((command, text) => $"The password {faultOf(command, text)}; choose several words, or another that nobody guesses.");
}
