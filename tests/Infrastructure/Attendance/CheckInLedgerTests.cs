using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Presence;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

internal sealed class CheckInLedgerTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");
    private static readonly StudentId Budi = new("siswaB");
    private static readonly CheckInRules Rules = new(FencePolicy.Default, LocationEvidence.Default);

    // The ground that exists from the first start.
    private static readonly GeoPoint Ground = new(-7.9673435, 112.6267206);

    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    [Test]
    public async Task DecideAsync_NothingAgainstIt_WritesOneRecordOneDayOneEvent()
    {
        var process = await StartAsync();

        var answer = (await DecideAsync(process, Claim(Ani))).Value;

        Assert.That(answer.Outcome, Is.EqualTo(CheckInOutcome.Accepted));
        Assert.That(answer.DistanceMeters, Is.EqualTo(-20));
        Assert.That(await Database.ReadAsync<string>("SELECT origin || ' ' || status || ' ' || needs_review FROM attendance_records"),
            Is.EqualTo("check_in present false"));
        Assert.That(await Database.ReadAsync<Guid>("SELECT id FROM attendance_records WHERE evidence ->> 'verdict' = 'inside'"),
            Is.EqualTo(answer.Record!.Value.Value));
        Assert.That(await Database.ReadAsync<int>("SELECT hits FROM attendance_days WHERE student_id = 'siswaA'"), Is.EqualTo(1));
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT payload FROM events JOIN attendance_records ON event_id = events.id JOIN outbox AS o ON o.event_id = events.id " +
                "WHERE attempts = 0 AND leased_until IS NULL"),
            Does.StartWith(
                $"{{\"event\":\"attendance.checked_in\",\"student_id\":\"siswaA\",\"ts\":{_now.ToUnixTimeSeconds()}," +
                $"\"record_id\":\"{answer.Record}\"").And.Not.Contain("112.62"));
    }

    [Test]
    public async Task DecideAsync_Refused_WritesNeitherRecordNorEvent()
    {
        var process = await StartAsync();

        var answer = (await DecideAsync(process, Claim(Ani, place: new(0, 0)))).Value;

        Assert.That(answer.Outcome, Is.EqualTo(CheckInOutcome.Refused));
        Assert.That(answer.Reasons.Select(r => r.Code), Is.EqualTo(new[] { "presence.outside_fence" }));
        Assert.That(await CountAsync("attendance_records") + await CountAsync("attendance_days") + await CountAsync("outbox"), Is.Zero);
        Assert.That(await CountAsync("location_fixes"), Is.EqualTo(1), "a refused position is compared with later ones all the same");
    }

    [Test]
    public async Task DecideAsync_OneKeyAHundredTimesOnTwoProcesses_OneRecordOneEventEqualAnswers()
    {
        ServerProcess[] processes = [await StartAsync(), await StartAsync()];
        var claim = Claim(Ani, key: "4b7f");

        var answers = new List<CheckInAnswer>();
        for (var i = 0; i < 50; i++)
        {
            answers.AddRange((await Task.WhenAll(processes.Select(p => Task.Run(() => DecideAsync(p, claim))))).Select(a => a.Value));
        }

        Assert.That(answers.Select(Text).Distinct().Count(), Is.EqualTo(1));
        Assert.That(answers, Has.Count.EqualTo(100).And.All.Property("Outcome").EqualTo(CheckInOutcome.Accepted));
        Assert.That(await CountAsync("attendance_records"), Is.EqualTo(1));
        Assert.That(await CountAsync("outbox"), Is.EqualTo(1));
    }

    [Test]
    public async Task DecideAsync_FiftyKeysEachAtOnceOnTwoProcesses_OneRecordForEach()
    {
        ServerProcess[] processes = [await StartAsync(), await StartAsync()];

        var pairs = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
        {
            var claim = Claim(Ani, key: $"key-{i}");
            return Task.WhenAll(processes.Select(p => Task.Run(() => DecideAsync(p, claim))));
        }));

        Assert.That(pairs.Select(p => Text(p[0].Value) == Text(p[1].Value)), Has.All.True);
        Assert.That(await CountAsync("attendance_records"), Is.EqualTo(50));
        Assert.That(await CountAsync("outbox"), Is.EqualTo(50));
    }

    [Test]
    public async Task DecideAsync_SameKeyOtherRequest_IsRefusedAndChangesNothing()
    {
        var process = await StartAsync();
        await DecideAsync(process, Claim(Ani, key: "k"));

        var other = await DecideAsync(process, Claim(Ani, key: "k", digest: 2));

        Assert.That(other.Error, Is.EqualTo(CheckInErrors.KeyReused));
        Assert.That(await CountAsync("attendance_records"), Is.EqualTo(1));
    }

    [Test]
    public async Task DecideAsync_SameKeyAfterARefusal_AnswersTheRefusalAgain()
    {
        var process = await StartAsync();
        var claim = Claim(Ani, place: new(0, 0), key: "k");

        var first = await DecideAsync(process, claim);
        var second = await DecideAsync(process, claim with { Now = _now.AddHours(1) });

        Assert.That(Text(second.Value), Is.EqualTo(Text(first.Value)));
        Assert.That(await CountAsync("location_fixes"), Is.EqualTo(1));
    }

    [Test]
    public async Task DecideAsync_ErrorUnderAKey_LeavesTheKeyFree()
    {
        var process = await StartAsync();
        var claim = Claim(new("nobody"), key: "k");

        var unknown = await DecideAsync(process, claim);
        await process.Get<IStudents>().UpsertAsync(School, new("nobody"), new("Now known", null, null, null), default);
        var known = await DecideAsync(process, claim);

        Assert.That(unknown.Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That(known.Value.Outcome, Is.EqualTo(CheckInOutcome.Accepted));
    }

    [Test]
    public async Task DecideAsync_OneTokenTwentyTimesAtOnce_CountsOnce()
    {
        ServerProcess[] processes = [await StartAsync(), await StartAsync()];
        var claim = Claim(Ani);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => DecideAsync(processes[i % 2], claim))));

        Assert.That(answers.Count(a => a.Value.Outcome == CheckInOutcome.Accepted), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.Value.Reasons.Any(r => r.Code == "liveness.token_used")), Is.EqualTo(19));
        Assert.That(await CountAsync("attendance_records"), Is.EqualTo(1));
    }

    [Test]
    public async Task DecideAsync_UnprovenRequest_LeavesNoFixBehind()
    {
        var process = await StartAsync();

        await DecideAsync(process, Claim(Ani, place: new(0, 0)) with { Proof = LivenessProof.OtherStudent, LivenessSession = null });

        Assert.That(await CountAsync("location_fixes"), Is.Zero, "nobody can make a student look like a traveller");
    }

    [Test]
    public async Task DecideAsync_FarFromTheLastFix_IsTooFast()
    {
        var process = await StartAsync();
        await DecideAsync(process, Claim(Ani, place: new(-7.2, 112.7)) with { Now = _now.AddMinutes(-5) });

        var answer = (await DecideAsync(process, Claim(Ani))).Value;

        Assert.That(answer.Reasons.Select(r => r.Code), Is.EqualTo(new[] { LocationEvidence.ImpossibleSpeed }));
    }

    [Test]
    public async Task DecideAsync_SchoolThatReviews_RecordsForReview()
    {
        var process = await StartAsync();
        await process.Get<IEvidencePolicies>().SetAsync(School, new(EvidenceAction.Review, 0.5), default);
        var claim = Claim(Ani);

        var answer = (await DecideAsync(process, claim with { Fix = claim.Fix with { Mocked = true } })).Value;

        Assert.That(answer.Outcome, Is.EqualTo(CheckInOutcome.Review));
        Assert.That(await Database.ReadAsync<string>("SELECT needs_review || ' ' || (evidence -> 'reasons') FROM attendance_records"),
            Is.EqualTo("true [\"evidence.mocked_location\"]"));
    }

    [TestCase(-5, ExpectedResult = "Accepted Present")]
    [TestCase(15, ExpectedResult = "Accepted Late session.late")]
    [TestCase(50, ExpectedResult = "Refused  session.outside_window")]
    public async Task<string> DecideAsync_ClassSession_GoesByItsWindow(double minutesAfterStart)
    {
        var process = await StartAsync();
        var session = await AddSessionAsync(process, startsAt: _now.AddMinutes(-minutesAfterStart), Ani);

        var answer = (await DecideAsync(process, Claim(Ani, session: session))).Value;

        return $"{answer.Outcome} {answer.Status}{string.Concat(answer.Reasons.Select(r => " " + r.Code))}";
    }

    [Test]
    public async Task DecideAsync_TwiceInOneSession_StandsOnce()
    {
        ServerProcess[] processes = [await StartAsync(), await StartAsync()];
        var session = await AddSessionAsync(processes[0], _now, Ani);

        var answers =
            await Task.WhenAll(Enumerable.Range(0, 10)
                .Select(i => Task.Run(() => DecideAsync(processes[i % 2], Claim(Ani, session: session)))));

        Assert.That(answers.Count(a => a.Value.Outcome == CheckInOutcome.Accepted), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.Value.Reasons.Any(r => r.Code == "session.already_recorded")), Is.EqualTo(9));
    }

    [Test]
    public async Task DecideAsync_NotOnRosterOrUnknownSession_IsRefused()
    {
        var process = await StartAsync();
        var session = await AddSessionAsync(process, _now, Budi);

        var notOnRoster = await DecideAsync(process, Claim(Ani, session: session));
        var unknown = await DecideAsync(process, Claim(Ani, session: ClassSessionId.New()));

        Assert.That(notOnRoster.Value.Reasons.Select(r => r.Code), Is.EqualTo(new[] { "session.not_on_roster" }));
        Assert.That(unknown.Error, Is.EqualTo(ClassSessionErrors.NotFound));
    }

    [Test]
    public async Task DecideAsync_NothingToAnnounce_RecordsAlone()
    {
        var process = await StartAsync(("Webhook:Url", null));

        await DecideAsync(process, Claim(Ani));

        Assert.That(await CountAsync("attendance_records"), Is.EqualTo(1));
        Assert.That(await CountAsync("outbox"), Is.Zero);
    }

    [Test]
    public async Task RemoveAsync_StudentWithCheckIns_ForgetsAllOfThem()
    {
        var process = await StartAsync();
        var session = await AddSessionAsync(process, _now, Ani);
        await DecideAsync(process, Claim(Ani, key: "k", session: session));

        await process.Get<IStudents>().RemoveAsync(School, Ani, default);

        Assert.That(
            await CountAsync("attendance_records") + await CountAsync("location_fixes") + await CountAsync("idempotency_keys")
            + await CountAsync("class_session_students") + await CountAsync("outbox"), Is.Zero);
    }

    private async Task<ServerProcess> StartAsync(params (string, string?)[] more)
    {
        var process = await StartProcessAsync([.. Unsent, .. more]);
        foreach (var student in new[] { Ani, Budi })
            await process.Get<IStudents>().UpsertAsync(School, student, new(student.Value, null, null, null), default);
        return process;
    }

    private static Task<Result<CheckInAnswer>> DecideAsync(ServerProcess process, CheckInClaim claim) =>
        process.Get<ICheckIns>().DecideAsync(claim, facts => claim.Conclude(facts, Rules.Decide(facts)), default);

    private CheckInClaim Claim(
        StudentId student, GeoPoint? place = null, string? key = null, byte digest = 1, ClassSessionId? session = null) => new(
        School, student, LivenessProof.Valid, (Guid.NewGuid(), _now.AddSeconds(60)),
        new LocationFix(place ?? Ground, 5, _now, "phone-1", false), session,
        key is null ? null : new IdempotencyKey(key, Enumerable.Repeat(digest, 32).ToArray()), _now);

    private static async Task<ClassSessionId> AddSessionAsync(ServerProcess process, DateTimeOffset startsAt, params StudentId[] roster)
    {
        var window = ClassWindow.Create(startsAt.AddMinutes(-15), startsAt, TimeSpan.FromMinutes(10), startsAt.AddMinutes(45)).Value;
        var added = await process.Get<IClassSessions>()
            .AddAsync(School, new(ClassSessionId.New(), "7B Mathematics", window, roster, null), default);
        return added.Value.Id;
    }

    private Task<long> CountAsync(string table) => Database.ReadAsync<long>($"SELECT count(*) FROM {table}");

    private static string Text(CheckInAnswer answer) => System.Text.Json.JsonSerializer.Serialize(answer);
}
