using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Attendance;

internal sealed class CheckInRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);
    private static readonly CheckInRules Rules = new(FencePolicy.Default, LocationEvidence.Default);
    private static readonly ClassWindow Window =
        ClassWindow.Create(Now.AddMinutes(-15), Now, TimeSpan.FromMinutes(10), Now.AddMinutes(45)).Value;

    private static readonly CheckInFacts Good = new(
        LivenessProof.Valid, new LocationFix(new(0, 0), 5, Now, "phone", false), new NearestSite(SiteId.New(), "School", -10, 20), [], null,
        EvidencePolicy.Default, Now);

    private static readonly SessionFacts OnRoster = new(Window, IsOnRoster: true, IsSettled: false, IsRecorded: false);

    private static IEnumerable<TestCaseData> Cases()
    {
        TestCaseData Case(string name, CheckInFacts facts, CheckInOutcome outcome, params string[] codes) =>
            new TestCaseData(facts, outcome, codes).SetName("Decide_" + name);

        yield return Case("NothingAgainstIt_Accepts", Good, CheckInOutcome.Accepted);
        yield return Case(
            "TokenForged_Refuses", Good with { Liveness = LivenessProof.Invalid }, CheckInOutcome.Refused, "liveness.token_invalid");
        yield return Case(
            "TokenExpired_Refuses", Good with { Liveness = LivenessProof.Expired }, CheckInOutcome.Refused, "liveness.token_expired");
        yield return Case("TokenUsed_Refuses", Good with { Liveness = LivenessProof.Used }, CheckInOutcome.Refused, "liveness.token_used");
        yield return Case("TokenOfAnother_Refuses", Good with { Liveness = LivenessProof.OtherStudent }, CheckInOutcome.Refused,
            "liveness.token_of_another_student");
        yield return Case("NoSite_Refuses", Good with { Nearest = null }, CheckInOutcome.Refused, "presence.no_site");
        yield return Case("CircleTouches_Reviews", At(5, 5), CheckInOutcome.Review, "presence.uncertain");
        yield return Case("CircleMisses_Refuses", At(5.1, 5), CheckInOutcome.Refused, "presence.outside_fence");
        yield return Case("CircleJustOverTheEdge_Reviews", At(-4.9, 5), CheckInOutcome.Review, "presence.uncertain");
        yield return Case("CircleWithin_Accepts", At(-5, 5), CheckInOutcome.Accepted);
        yield return Case("FartherOutThanTheFenceIsLarge_Refuses", At(49, 50), CheckInOutcome.Refused, "presence.outside_fence");
        yield return Case("TooCoarse_Refuses", At(-500, 50.1), CheckInOutcome.Refused, "presence.accuracy_too_low");
        yield return Case("Mocked_RefusesByDefault", Mocked(EvidenceAction.Refuse), CheckInOutcome.Refused, "evidence.mocked_location");
        yield return Case("MockedWhereReviewed_Reviews", Mocked(EvidenceAction.Review), CheckInOutcome.Review, "evidence.mocked_location");
        yield return Case("MockedWhereNoted_Accepts", Mocked(EvidenceAction.Note), CheckInOutcome.Accepted, "evidence.mocked_location");
        yield return Case("OnRosterInTime_Accepts", Good with { Session = OnRoster }, CheckInOutcome.Accepted);
        yield return Case("NotOnRoster_Refuses", Good with { Session = OnRoster with { IsOnRoster = false } }, CheckInOutcome.Refused,
            "session.not_on_roster");
        yield return Case("RecordedBefore_Refuses", Good with { Session = OnRoster with { IsRecorded = true } }, CheckInOutcome.Refused,
            "session.already_recorded");
        yield return Case("AbsencesWritten_Refuses", Good with { Session = OnRoster with { IsSettled = true } }, CheckInOutcome.Refused,
            "session.outside_window");
        yield return Case("AllAtOnce_TellsEveryReason",
            At(100, 60) with { Liveness = LivenessProof.Used, Session = OnRoster with { IsOnRoster = false } }, CheckInOutcome.Refused,
            "liveness.token_used", "presence.accuracy_too_low", "presence.outside_fence", "session.not_on_roster");
        yield return Case("RefusalAfterANote_ComesFirst",
            At(5, 5) with { Session = OnRoster with { IsOnRoster = false } }, CheckInOutcome.Refused, "session.not_on_roster",
            "presence.uncertain");
    }

    [TestCaseSource(nameof(Cases))]
    public void Decide(CheckInFacts facts, CheckInOutcome outcome, string[] codes)
    {
        var decision = Rules.Decide(facts);

        Assert.That(decision.Outcome, Is.EqualTo(outcome));
        Assert.That(decision.Reasons.Select(r => r.Code), Is.EqualTo(codes));
        Assert.That(decision.Reasons.Select(r => r.Message), Has.All.Not.Empty, "people read it");
        Assert.That(decision.Status.HasValue, Is.EqualTo(outcome != CheckInOutcome.Refused));
    }

    [TestCase(FenceRule.ReviewUncertain, 5, ExpectedResult = CheckInOutcome.Review)]
    [TestCase(FenceRule.ReviewUncertain, 5.1, ExpectedResult = CheckInOutcome.Refused)]
    [TestCase(FenceRule.CircleTouches, 5, ExpectedResult = CheckInOutcome.Accepted)]
    [TestCase(FenceRule.CircleTouches, 5.1, ExpectedResult = CheckInOutcome.Refused)]
    [TestCase(FenceRule.CentreInside, 0, ExpectedResult = CheckInOutcome.Accepted)]
    [TestCase(FenceRule.CentreInside, 0.1, ExpectedResult = CheckInOutcome.Refused)]
    [TestCase(FenceRule.CircleInside, -5, ExpectedResult = CheckInOutcome.Accepted)]
    [TestCase(FenceRule.CircleInside, -4.9, ExpectedResult = CheckInOutcome.Refused)]
    public CheckInOutcome Decide_AtEachRulesEdge(FenceRule rule, double distance) =>
        new CheckInRules(new FencePolicy(rule, 50), LocationEvidence.Default).Decide(At(distance, 5)).Outcome;

    [TestCase(FenceRule.ReviewUncertain, "presence.uncertain")]
    [TestCase(FenceRule.CircleInside, "presence.not_surely_inside")]
    public void Decide_CircleOverTheEdge_IsToldForWhatItMeansUnderTheRule(FenceRule rule, string code)
    {
        var reason = new CheckInRules(new FencePolicy(rule, 50), LocationEvidence.Default).Decide(At(-4, 5)).Reasons.Single();

        Assert.That((reason.Code, reason.Message.Length > 0), Is.EqualTo((code, true)));
    }

    [TestCase(-15, AttendanceStatus.Present, null)]
    [TestCase(11, AttendanceStatus.Late, "session.late")]
    [TestCase(46, null, "session.outside_window")]
    public void Decide_Session_GivesTheStatusOfTheMoment(double minutes, AttendanceStatus? expected, string? code)
    {
        var at = Now.AddMinutes(minutes);

        var decision = Rules.Decide(Good with { Session = OnRoster, Now = at, Fix = Good.Fix with { CapturedAt = at } });

        Assert.That(decision.Status, Is.EqualTo(expected));
        Assert.That(decision.Reasons.SingleOrDefault()?.Code, Is.EqualTo(code));
        Assert.That(decision.Reasons.Select(r => r.Message), Has.All.Not.Empty);
    }

    [Test]
    public void Decide_AnythingUnproven_NeverCounts() => Prop.ForAll(
        ArbMap.Default.ArbFor<LivenessProof>(), ArbMap.Default.ArbFor<NormalFloat>(), ArbMap.Default.ArbFor<NormalFloat>(),
        (proof, distance, accuracy) =>
        {
            var facts = At(distance.Get, Math.Abs(accuracy.Get)) with { Liveness = proof };
            var counts = Rules.Decide(facts).Outcome != CheckInOutcome.Refused;
            return counts
                == (proof == LivenessProof.Valid && distance.Get <= Math.Min(Math.Abs(accuracy.Get), 20) && Math.Abs(accuracy.Get) <= 50);
        }).QuickCheckThrowOnFailure();

    private static CheckInFacts At(double distance, double accuracy) =>
        Good with { Fix = Good.Fix with { AccuracyMeters = accuracy }, Nearest = Good.Nearest! with { DistanceMeters = distance } };

    private static CheckInFacts Mocked(EvidenceAction action) =>
        Good with { Fix = Good.Fix with { Mocked = true }, Policy = new EvidencePolicy(action, 0.5) };
}
