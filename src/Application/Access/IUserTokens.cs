using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>What a token is for; one is never taken for the other.</summary>
public enum TokenUse
{
    /// <summary>Shown with every call.</summary>
    Access,

    /// <summary>Traded for new tokens, and shown nowhere else.</summary>
    Refresh,
}

/// <summary>What a token says.</summary>
/// <param name="User">The account's number.</param>
/// <param name="Id">The token's own.</param>
/// <param name="Generation">Of a refresh token: how many were traded one for the next since the log-in; of an access token 0.</param>
public sealed record UserGrant(SchoolId School, long User, LogInId LogIn, Guid Id, int Generation);

/// <summary>Tokens that only this server's processes make. Thread-safe.</summary>
public interface IUserTokens
{
    string Issue(TokenUse use, UserGrant grant, DateTimeOffset issuedAt, DateTimeOffset expiresAt);

    /// <returns>Null for a token that was not issued here, was changed, is for another use, has expired, or claims to live longer than any
    /// that is made.</returns>
    Task<UserGrant?> ReadAsync(TokenUse use, string token, DateTimeOffset now);
}
