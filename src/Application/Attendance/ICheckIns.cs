using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>Check-ins, each decided and recorded in one transaction.</summary>
public interface ICheckIns
{
    /// <summary>
    /// Gathers the facts, lets <paramref name="decide"/> decide once, and writes what follows: the token's use and the fix in any case, and
    /// unless refused one attendance record and its event, if anybody wants it. Check-ins of one student pass one after another.
    /// </summary>
    /// <returns>
    /// For a key that was used before, the answer of then. Errors: <see cref="StudentErrors.NotFound"/>,
    /// <see cref="CheckInErrors.KeyReused"/>,
    /// <see cref="ClassSessionErrors.NotFound"/>; after an error nothing is written.
    /// </returns>
    Task<Result<CheckInAnswer>> DecideAsync(
        CheckInClaim claim, Func<CheckInFacts, CheckInDecision> decide, CancellationToken ct);
}

/// <summary>A check-in whose token was read.</summary>
/// <param name="Proof">Valid when nothing but an earlier use can speak against the token.</param>
/// <param name="LivenessSession">What a single use is counted by, and until when it must be remembered; null unless
/// <paramref name="Proof"/> is valid.</param>
public sealed record CheckInClaim(
    SchoolId School, StudentId Student, LivenessProof Proof, (Guid Id, DateTimeOffset ExpiresAt)? LivenessSession, LocationFix Fix,
    ClassSessionId? Session, IdempotencyKey? Key, DateTimeOffset Now)
{
    public override string ToString() => $"CheckInClaim({Student})";
}

/// <param name="Record">Null when refused.</param>
/// <param name="Site">The nearest; null when the school has none.</param>
/// <param name="DistanceMeters">To that site's edge, negative inside; rounded to the centimetre.</param>
public sealed record CheckInAnswer(
    CheckInOutcome Outcome, RecordId? Record, StudentId Student, DateTimeOffset At, AttendanceStatus? Status, PresenceVerdict? Verdict,
    SiteId? Site, double? DistanceMeters, IReadOnlyList<CheckInReason> Reasons)
{
    public override string ToString() => $"CheckInAnswer({Outcome})";
}
