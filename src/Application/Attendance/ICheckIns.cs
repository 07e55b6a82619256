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
    /// Gathers the facts, uses the token up, and writes what <paramref name="conclude"/> makes of them, with the record's event if anybody
    /// wants it. Check-ins of one student pass one after another.
    /// </summary>
    /// <returns>
    /// For a key that was used before, the answer of then. Errors: <see cref="StudentErrors.NotFound"/>,
    /// <see cref="CheckInErrors.KeyReused"/>,
    /// <see cref="ClassSessionErrors.NotFound"/>; after an error nothing is written.
    /// </returns>
    Task<Result<CheckInAnswer>> DecideAsync(
        CheckInClaim claim, Func<CheckInFacts, CheckInConclusion> conclude, CancellationToken ct);
}

/// <summary>A check-in whose token was read.</summary>
/// <param name="Proof">Valid when nothing but an earlier use can speak against the token.</param>
/// <param name="LivenessSession">What a single use is counted by, and until when it must be remembered; null unless
/// <paramref name="Proof"/> is valid.</param>
public sealed record CheckInClaim(
    SchoolId School, StudentId Student, LivenessProof Proof, (Guid Id, DateTimeOffset ExpiresAt)? LivenessSession, LocationFix Fix,
    ClassSessionId? Session, IdempotencyKey? Key, DateTimeOffset Now)
{
    /// <summary>What follows from the decision: unless refused, one record.</summary>
    public CheckInConclusion Conclude(CheckInFacts facts, CheckInDecision decision)
    {
        var (site, meters) = (facts.Nearest?.Id, facts.Nearest is { } nearest ? Math.Round(nearest.DistanceMeters, 2) : (double?)null);
        var evidence = new Evidence.CheckIn(
            LivenessSession?.Id, site, meters, Fix.AccuracyMeters, decision.Verdict, Fix.CapturedAt, Fix.DeviceId,
            [.. decision.Reasons.Select(r => r.Code)]);
        var record = decision.Outcome == CheckInOutcome.Refused ? null : new AttendanceRecord(
            RecordId.New(), Student, Session, Now, decision.Status!.Value, decision.Outcome == CheckInOutcome.Review, evidence);
        var answer = new CheckInAnswer(
            decision.Outcome, record?.Id, Student, Now, decision.Status, decision.Verdict, site, meters, decision.Reasons);
        // Without a token of the student's own, anybody could have sent it: it must not speak against the student later.
        return new(answer, record, KeepsFix: Proof == LivenessProof.Valid);
    }

    public override string ToString() => $"CheckInClaim({Student})";
}

/// <summary>What is answered and what is kept of a check-in.</summary>
/// <param name="Record">Null when refused.</param>
/// <param name="KeepsFix">Whether later positions are compared with this one.</param>
public sealed record CheckInConclusion(CheckInAnswer Answer, AttendanceRecord? Record, bool KeepsFix);

/// <param name="Record">Null when refused.</param>
/// <param name="Site">The nearest; null when the school has none.</param>
/// <param name="DistanceMeters">To that site's edge, negative inside; rounded to the centimetre.</param>
public sealed record CheckInAnswer(
    CheckInOutcome Outcome, RecordId? Record, StudentId Student, DateTimeOffset At, AttendanceStatus? Status, PresenceVerdict? Verdict,
    SiteId? Site, double? DistanceMeters, IReadOnlyList<CheckInReason> Reasons)
{
    public override string ToString() => $"CheckInAnswer({Outcome})";
}
