using FaceAttendance.Domain;

namespace FaceAttendance.Application.Access;

/// <summary>Why nobody was logged in, or an account not kept. The texts of log-in and refresh are those that existing clients
/// know.</summary>
public static class AccountErrors
{
    /// <summary>Unknown name, wrong password, disabled and locked alike: who asks learns nothing of the account.</summary>
    public static Error LogInRefused { get; } = new(
        "account.log_in_refused", "No active account found with the given credentials", ErrorKind.Unauthenticated);

    public static Error TooManyLogIns(TimeSpan wait) => new(
        "account.too_many_log_ins", "Too many wrong passwords came from this address; try again after the time in Retry-After.",
        ErrorKind.TooMany)
    { RetryAfter = wait };

    public static Error LogInBusy { get; } = new(
        "account.log_in_busy", "Too many log-ins wait for their turn; try again after the time in Retry-After.", ErrorKind.Unavailable)
    {
        RetryAfter = PasswordPace.RetryAfterBusy,
    };

    public static Error RefreshRefused { get; } = new("account.refresh_refused", "Token is invalid or expired", ErrorKind.Unauthenticated)
    {
        Details = new Dictionary<string, object?> { ["code"] = "token_not_valid" },
    };

    public static Error NotFound { get; } = new("account.not_found", "The school has no such user.", ErrorKind.NotFound);

    public static Error NoStudent { get; } =
        new("account.no_student", "The school has no student of this id, and no student's account of this name or number.",
            ErrorKind.NotFound);

    public static Error CurrentPasswordWrong { get; } =
        new("account.current_password_wrong", "The present password is wrong; nothing was changed.", ErrorKind.Invalid)
        {
            Field = "current",
        };

    public static Error NameTaken { get; } =
        new("account.name_taken", "Another user of the school has the name; choose another.", ErrorKind.Conflict)
        {
            Field = "username",
        };
}
