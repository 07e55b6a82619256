using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Liveness;

/// <summary>What the liveness sessions of each student were shown, for a while, in one place for all server processes: a recording works
/// once at most.</summary>
public interface ILivenessPictures
{
    /// <returns>The pictures of the student's earlier sessions, as far as they can be compared.</returns>
    Task<IReadOnlyList<SeenPicture>> ReadAsync(SchoolId school, StudentId student, EmbeddingContractId contract, CancellationToken ct);

    /// <summary>
    /// Adds a session's pictures, all of one contract. Sessions with credentials and without push out only their own kind's. One
    /// transaction: of two sessions that end at once, one is told of the other.
    /// </summary>
    /// <returns>The pictures of other sessions of the student that were added since this one took its attempt.</returns>
    Task<IReadOnlyList<SeenPicture>> KeepAsync(
        SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, IReadOnlyList<SeenPicture> pictures,
        CancellationToken ct);
}
