using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Accounts;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Accounts;

/// <summary>
/// Judges a name and a password. Every time it does the same work, whatever becomes of it: one count, one look-up, one hash. So its time tells
/// nothing. Thread-safe.
/// </summary>
public sealed class PasswordCheck(IUsers users, ILogInFailures failures, IPasswords passwords, IOptions<AccountOptions> options)
{
    /// <returns>Fails with <c>account.log_in_refused</c>.</returns>
    public async Task<Result<Account>> JudgeAsync(string userName, string password, CancellationToken ct)
    {
        var isOpen = await failures.CountAsync(userName, options.Value.Rule, options.Value.FailuresForgottenAfter, ct);
        var found = UserName.Parse(userName) is { } name ? await users.FindAsync(name, ct) : null;
        var isRight = passwords.Verify(found?.PasswordHash, password);
        var isAccepted = isOpen && isRight && found!.Account.User.DisabledAt is null;
        AccessMetrics.LoggedIn(isAccepted);
        if (!isAccepted) return AccountErrors.LogInRefused;

        await failures.ForgetAsync(userName, ct);
        return found!.Account;
    }
}
