using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>A user with what tokens are checked against.</summary>
/// <param name="Stamp">Changes with the password and when the account is disabled; a token that carries another one is void.</param>
public sealed record Account(SchoolId School, User User, Guid Stamp);

/// <param name="PasswordHash">As <see cref="IPasswords"/> made it.</param>
public sealed record AccountSecret(Account Account, string PasswordHash)
{
    public override string ToString() => $"AccountSecret({Account.User.Id})";
}

/// <param name="Items">By name.</param>
public sealed record UserPage(IReadOnlyList<User> Items, int Total);

/// <summary>The users of every school.</summary>
public interface IUsers
{
    /// <summary>Stores a user, and the student too when the id is new.</summary>
    /// <param name="user">Its number is not looked at.</param>
    /// <returns>The user with the number that it was given; null when the school has a user of the name.</returns>
    Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct);

    /// <summary>Sets what is not null; either ends every token of the user, except that enabling an account does not.</summary>
    /// <returns>The user as it is now; null when the school has none of the name.</returns>
    Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct);

    Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct);

    /// <summary>For a log-in.</summary>
    Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct);

    /// <summary>To see whether an account is still what it was.</summary>
    Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct);
}
