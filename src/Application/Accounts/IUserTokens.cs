using FaceAttendance.Domain.Accounts;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Accounts;

/// <summary>What a token is for; one is never taken for the other.</summary>
public enum TokenUse
{
    /// <summary>Shown with every call.</summary>
    Access,

    /// <summary>Traded for new access tokens, and shown nowhere else.</summary>
    Refresh,
}

/// <summary>What a token says.</summary>
/// <param name="Stamp">See <see cref="Account"/>.</param>
public sealed record UserGrant(SchoolId School, UserId User, Guid Stamp);

/// <summary>Tokens that only this server's processes make and read. Thread-safe.</summary>
public interface IUserTokens
{
    string Issue(TokenUse use, UserGrant grant, DateTimeOffset expiresAt);

    /// <returns>Null for a token that was not issued here, was changed, is for another use, or has expired.</returns>
    UserGrant? Read(TokenUse use, string token, DateTimeOffset now);
}
