using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Liveness;

/// <summary>What a result token says: this student of this school was there, alive, in this session.</summary>
/// <param name="PadAsked">Whether passive presentation attack detection was part of it.</param>
/// <param name="PassedAt">UTC.</param>
public sealed record LivenessGrant(
    SchoolId School, StudentId Student, LivenessSessionId Session, DateTimeOffset PassedAt, DateTimeOffset ExpiresAt, bool PadAsked);

/// <summary>
/// Signs and reads result tokens. A token is good for one use; the use is recorded by whoever accepts it, in the transaction of what it is
/// accepted for, under the grant's session id.
/// </summary>
public interface ILivenessTokens
{
    string Issue(LivenessGrant grant);

    /// <returns>
    /// Errors: <see cref="LivenessErrors.TokenInvalid"/> (not signed here, or of another school),
    /// <see cref="LivenessErrors.TokenExpired"/>.
    /// </returns>
    Result<LivenessGrant> Read(SchoolId school, string token, DateTimeOffset now);
}
