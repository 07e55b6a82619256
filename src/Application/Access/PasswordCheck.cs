using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>
/// Judges a name and a password. What is judged at all does the same work, whatever becomes of it: one count, one look-up, one hash. So its
/// time tells nothing of the name. Strangers' attempts can slow a name down but never shut out an address from which it has logged in
/// before. Thread-safe.
/// </summary>
public sealed class PasswordCheck(
    IUsers users, ILogInHistory history, IPasswords passwords, PasswordPace pace, IOptions<AccountOptions> options)
{
    /// <param name="address">Where the caller is, as far as callers are told apart by it.</param>
    /// <returns>Fails with <c>account.log_in_refused</c>, <c>account.too_many_log_ins</c> or <c>account.log_in_busy</c>.</returns>
    public async Task<Result<Account>> JudgeAsync(string userName, string password, string address, CancellationToken ct)
    {
        var wait = pace.WaitOf(address);
        if (wait is { } tooEarly && !pace.MayLookUp(address)) return AccountErrors.TooManyLogIns(tooEarly);
        var isKnown = await history.IsKnownAsync(userName, address, ct);
        var who = isKnown ? $"{address} {userName}" : address;
        if (isKnown) wait = pace.WaitOf(who);
        if (wait is { } early) return AccountErrors.TooManyLogIns(early);

        using var turn = await pace.TakeTurnAsync(isKnown, ct);
        if (turn is null) return AccountErrors.LogInBusy;

        var rules = options.Value;
        var isOpen = isKnown
            || await history.CountAsync(userName, address, rules.Rule, rules.StrangersRule, rules.FailuresForgottenAfter, ct);
        var found = LogInName.Parse(userName) is { } name ? await users.FindAsync(name, ct) : null;
        var isRight = passwords.Verify(found?.PasswordHash, password);
        var isAccepted = isOpen && isRight && found!.Account.User.DisabledAt is null;
        AccessMetrics.LoggedIn(isAccepted);
        if (!isAccepted)
        {
            pace.Count(who);
            return AccountErrors.LogInRefused;
        }
        await history.SucceedAsync(userName, address, ct);
        return found!.Account;
    }
}
