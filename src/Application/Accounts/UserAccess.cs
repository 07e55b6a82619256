namespace FaceAttendance.Application.Accounts;

/// <summary>
/// Finds the account behind a token. It is looked up each time and never cached: a disabled account or a changed password ends tokens at once, in
/// every process. Thread-safe.
/// </summary>
public sealed class UserAccess(IUserTokens tokens, IUsers users, TimeProvider clock)
{
    /// <returns>Null when the token, or the account behind it, is no longer good.</returns>
    public async Task<Account?> FindAsync(TokenUse use, string token, CancellationToken ct)
    {
        if (tokens.Read(use, token, clock.GetUtcNow()) is not { } grant) return null;
        var account = await users.FindAsync(grant.School, grant.User, ct);
        return account is { User.DisabledAt: null } && account.Stamp == grant.Stamp ? account : null;
    }
}
