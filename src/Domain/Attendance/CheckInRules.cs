using FaceAttendance.Domain.Presence;

namespace FaceAttendance.Domain.Attendance;

/// <summary>What a check-in came to.</summary>
public enum CheckInOutcome
{
    Accepted,

    /// <summary>Counts, and waits for a person's look.</summary>
    Review,

    Refused,
}

/// <summary>Something that was weighed in a decision.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Effect">What this reason alone makes of the check-in.</param>
public sealed record CheckInReason(string Code, string Message, CheckInOutcome Effect);

/// <summary>Whether the student was shown to be alive.</summary>
public enum LivenessProof
{
    Valid,

    /// <summary>Not a token of this server, or altered.</summary>
    Invalid,

    Expired,

    /// <summary>Another check-in was decided on it.</summary>
    Used,

    /// <summary>It speaks of another student.</summary>
    OtherStudent,
}

/// <summary>The class session that a check-in names, as far as this student is concerned.</summary>
/// <param name="IsSettled">Its absences are written: nothing is added by check-in any more.</param>
/// <param name="IsRecorded">The student stands in it already.</param>
public sealed record SessionFacts(ClassWindow Window, bool IsOnRoster, bool IsSettled, bool IsRecorded);

/// <summary>All that a check-in is decided on.</summary>
/// <param name="Nearest">Null when there is no site to be at.</param>
/// <param name="Previous">Earlier fixes of the student.</param>
/// <param name="Session">Null when the check-in names none.</param>
public sealed record CheckInFacts(
    LivenessProof Liveness, LocationFix Fix, NearestSite? Nearest, IReadOnlyCollection<LocationFix> Previous, SessionFacts? Session,
    EvidencePolicy Policy, DateTimeOffset Now);

/// <param name="Status">Null when refused.</param>
/// <param name="Verdict">Null when there is no site.</param>
/// <param name="Reasons">Everything that was weighed, the gravest first; empty when nothing speaks against it.</param>
public sealed record CheckInDecision(
    CheckInOutcome Outcome, AttendanceStatus? Status, PresenceVerdict? Verdict, IReadOnlyList<CheckInReason> Reasons);

/// <summary>Binds liveness, place and time into one decision. Pure: no clock, no I/O.</summary>
public sealed record CheckInRules(FencePolicy Fences, LocationEvidence Evidence)
{
    public CheckInDecision Decide(CheckInFacts facts)
    {
        var reasons = new List<CheckInReason>();
        if (OfLiveness(facts.Liveness) is { } proof) reasons.Add(proof);
        var verdict = WeighPlace(facts, reasons);
        WeighEvidence(facts, reasons);
        var status = WeighSession(facts, reasons);

        // Stable: reasons of one effect stay in the order in which they were weighed.
        var ordered = reasons.OrderByDescending(r => r.Effect).ToList();
        var outcome = ordered.Count == 0 ? CheckInOutcome.Accepted : ordered[0].Effect;
        return new CheckInDecision(outcome, outcome == CheckInOutcome.Refused ? null : status, verdict, ordered);
    }

    private static CheckInReason? OfLiveness(LivenessProof proof) => proof switch
    {
        LivenessProof.Valid => null,
        LivenessProof.Invalid =>
            Refusal("liveness.token_invalid", "The liveness token is none of this server's; pass a liveness session first."),
        LivenessProof.Expired => Refusal("liveness.token_expired", "The liveness token has run out; pass a new liveness session."),
        LivenessProof.Used => Refusal("liveness.token_used", "The liveness token was used before; pass a new liveness session."),
        LivenessProof.OtherStudent => Refusal("liveness.token_of_another_student", "The liveness token belongs to another student."),
    };

    private PresenceVerdict? WeighPlace(CheckInFacts facts, List<CheckInReason> reasons)
    {
        if (facts.Nearest is not { } nearest)
        {
            reasons.Add(Refusal("presence.no_site", "There is no site to be at; the school must add one."));
            return null;
        }
        var accuracy = facts.Fix.AccuracyMeters;
        var verdict = FencePolicy.Classify(nearest.DistanceMeters, accuracy, nearest.SizeMeters);
        if (!Fences.IsAccurate(accuracy))
        {
            reasons.Add(Refusal(
                "presence.accuracy_too_low", $"The position is known too poorly; it must be within {Fences.MaxAccuracyMeters:0.#} m."));
        }
        if (verdict == PresenceVerdict.Outside) reasons.Add(Refusal("presence.outside_fence", "The position lies outside the fence."));
        if (verdict == PresenceVerdict.Uncertain) reasons.Add(OfUncertain(nearest.DistanceMeters));
        return verdict;
    }

    private CheckInReason OfUncertain(double distanceMeters)
    {
        var effect = Fences.Rule switch
        {
            FenceRule.ReviewUncertain => CheckInOutcome.Review,
            FenceRule.CircleTouches => CheckInOutcome.Accepted,
            FenceRule.CentreInside => distanceMeters <= 0 ? CheckInOutcome.Accepted : CheckInOutcome.Refused,
            FenceRule.CircleInside => CheckInOutcome.Refused,
        };
        return effect == CheckInOutcome.Refused
            ? Refusal("presence.not_surely_inside", "The position lies too near the fence's edge to be surely inside.")
            : new("presence.uncertain", "The position may lie outside the fence.", effect);
    }

    private void WeighEvidence(CheckInFacts facts, List<CheckInReason> reasons)
    {
        var findings = Evidence.Judge(facts.Fix, facts.Previous, facts.Now);
        var effect = facts.Policy.ActionFor(findings) switch
        {
            EvidenceAction.Note => CheckInOutcome.Accepted,
            EvidenceAction.Review => CheckInOutcome.Review,
            EvidenceAction.Refuse => CheckInOutcome.Refused,
        };
        foreach (var finding in findings) reasons.Add(new(finding.Code, finding.Message, effect));
    }

    private static AttendanceStatus? WeighSession(CheckInFacts facts, List<CheckInReason> reasons)
    {
        if (facts.Session is not { } session) return AttendanceStatus.Present;
        if (!session.IsOnRoster) reasons.Add(Refusal("session.not_on_roster", "The student is not on the class session's roster."));
        if (session.IsRecorded)
            reasons.Add(Refusal("session.already_recorded", "The student's attendance in this class session stands already."));
        var status = session.Window.Classify(facts.Now);
        if (status is null || session.IsSettled)
            reasons.Add(Refusal("session.outside_window", "The class session takes no check-ins at this time."));
        if (status == AttendanceStatus.Late)
            reasons.Add(new("session.late", "The grace after the start is over.", CheckInOutcome.Accepted));
        return status;
    }

    private static CheckInReason Refusal(string code, string message) => new(code, message, CheckInOutcome.Refused);
}
