using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

/// <summary>What a check-in makes of its token and of its request; the rules that weigh it are Domain's.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CheckInTests
{
    private static readonly StudentId Ann = new("ann");

    private readonly RecordingCheckIns _checkIns = new();
    private readonly StandingClock _clock = new();
    private readonly OneToken _tokens = new(Ann);

    [Test]
    public async Task Handle_AnnsOwnToken_IsAcceptedAndUsesTheLivenessSessionUp()
    {
        var answer = (await HandleAsync(Command)).Value;

        Assert.That((answer.Outcome, answer.Verdict), Is.EqualTo((CheckInOutcome.Accepted, PresenceVerdict.Inside)));
        Assert.That(_checkIns.Claim!.LivenessSession, Is.EqualTo((_tokens.Grant.Session.Value, _tokens.Grant.ExpiresAt)));
        Assert.That((_checkIns.Conclusion!.Record!.Id, _checkIns.Conclusion.KeepsFix), Is.EqualTo((answer.Record!.Value, true)));
        Assert.That(_checkIns.Conclusion.Record.Origin, Is.EqualTo(AttendanceOrigin.CheckIn));
    }

    [TestCase("none", "ann", "liveness.token_invalid")]
    [TestCase("expired", "ann", "liveness.token_expired")]
    [TestCase("good", "bob", "liveness.token_of_another_student")]
    public async Task Handle_TokenThatProvesNothing_IsRefusedWithTheReasonAndUsesNoSession(string token, string student, string code)
    {
        var answer = (await HandleAsync(Command with { LivenessToken = token, Student = new(student) })).Value;

        Assert.That(answer.Outcome, Is.EqualTo(CheckInOutcome.Refused));
        Assert.That(answer.Reasons.Select(r => r.Code), Does.Contain(code));
        Assert.That(_checkIns.Claim!.LivenessSession, Is.Null);
        Assert.That((_checkIns.Conclusion!.Record, _checkIns.Conclusion.KeepsFix), Is.EqualTo(((AttendanceRecord?)null, false)));
    }

    [Test]
    public async Task Handle_StrictFenceRule_RefusesWhatTouchesTheEdge()
    {
        var fix = Command.Fix with { AccuracyMeters = 10 };

        var lenient = (await HandleAsync(Command with { Fix = fix })).Value;
        var strict = (await HandleAsync(Command with { Fix = fix }, FenceRule.CircleInside)).Value;

        Assert.That((lenient.Outcome, strict.Outcome), Is.EqualTo((CheckInOutcome.Review, CheckInOutcome.Refused)));
    }

    [Test]
    public async Task Handle_RequestsOfOneKey_AreToldApartByAnythingThatTheyAsk()
    {
        var one = await DigestOfAsync(Command);
        CheckIn[] others =
        [
            Command with { Student = new("bob") }, Command with { LivenessToken = "other" },
            Command with { Session = ClassSessionId.New() },
            Command with { Fix = Command.Fix with { Place = new(1, 2.5) } }, Command with { Fix = Command.Fix with { AccuracyMeters = 3 } },
            Command with { Fix = Command.Fix with { CapturedAt = _clock.Now.AddTicks(1) } },
            Command with { Fix = Command.Fix with { DeviceId = "phone-2" } }, Command with { Fix = Command.Fix with { Mocked = true } },
        ];

        Assert.That(await DigestOfAsync(Command), Is.EqualTo(one));
        foreach (var other in others) Assert.That(await DigestOfAsync(other), Is.Not.EqualTo(one));
    }

    [TestCase(0, "phone-1", "key-1", null)]
    [TestCase(-0.1, "phone-1", "key-1", "accuracy_m")]
    [TestCase(double.NaN, "phone-1", "key-1", "accuracy_m")]
    [TestCase(double.PositiveInfinity, "phone-1", "key-1", "accuracy_m")]
    [TestCase(5, "", "key-1", "device_id")]
    [TestCase(5, "a\u0007", "key-1", "device_id")]
    [TestCase(5, "phone-1", "", "Idempotency-Key")]
    [TestCase(5, "phone-1", "two words", "Idempotency-Key")]
    [TestCase(5, "phone-1", null, null)]
    public void Validate_BadField_IsNamed(double accuracy, string device, string? key, string? field) => Assert.That(
        new CheckInValidator().FaultOf(
            Command with { Fix = Command.Fix with { AccuracyMeters = accuracy, DeviceId = device }, IdempotencyKey = key }),
        Is.EqualTo(field));

    private static CheckIn Command { get; } = new(
        SchoolId.First, Ann, "good", new(new(1, 2), 0, StandingClock.Start, "phone-1", Mocked: false), Session: null, "key-1");

    private Task<Result<CheckInAnswer>> HandleAsync(CheckIn command, FenceRule rule = FenceRule.ReviewUncertain) =>
        new CheckInHandler(
            _checkIns, _tokens, new RecordingFeed(), Options.Create(new PresenceOptions { Rule = rule }), _clock)
            .Handle(command, default);

    private async Task<byte[]> DigestOfAsync(CheckIn command)
    {
        await HandleAsync(command);
        Assert.That(_checkIns.Claim!.Key!.Value, Is.EqualTo("key-1"));
        return _checkIns.Claim.Key.RequestDigest.ToArray();
    }

    /// <summary>A school whose site's edge is at the position itself.</summary>
    private sealed class RecordingCheckIns : ICheckIns
    {
        public CheckInClaim? Claim { get; private set; }

        public CheckInConclusion? Conclusion { get; private set; }

        public Task<Result<CheckInAnswer>> DecideAsync(
            CheckInClaim claim, Func<CheckInFacts, CheckInConclusion> conclude, CancellationToken ct)
        {
            Claim = claim;
            var site = new NearestSite(SiteId.New(), "Campus", DistanceMeters: 0, SizeMeters: 20);
            var conclusion = conclude(new(claim.Proof, claim.Fix, site, [], null, EvidencePolicy.Default, claim.Now));
            Conclusion = conclusion;
            return Task.FromResult<Result<CheckInAnswer>>(conclusion.Answer);
        }
    }

    private sealed class OneToken(StudentId student) : ILivenessTokens
    {
        public LivenessGrant Grant { get; } = new(
            SchoolId.First, student, new(Guid.NewGuid()), StandingClock.Start, StandingClock.Start.AddMinutes(1), PadAsked: true);

        public string Issue(LivenessGrant grant) => throw new NotSupportedException();

        public Result<LivenessGrant> Read(SchoolId school, string token, DateTimeOffset now) => token switch
        {
            "good" => Grant,
            "expired" => LivenessErrors.TokenExpired,
            _ => LivenessErrors.TokenInvalid,
        };
    }
}
