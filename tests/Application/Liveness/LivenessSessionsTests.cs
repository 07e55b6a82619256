using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Liveness;

public sealed class LivenessSessionsTests
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ann = new("ann");

    private readonly FakeTimeProvider _clock = new(new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero));
    private readonly FakeCamera _camera = new();
    private readonly FakeAttempts _attempts = new();
    private readonly FakePictures _pictures = new();
    private FakeTokens _tokens = new();

    [SetUp]
    public void Reset()
    {
        _camera.HasPad = true;
        _attempts.LockedFor = TimeSpan.Zero;
        _attempts.Forgiven.Clear();
        _camera.Rewind();
        _pictures.Kept.Clear();
        _pictures.Meanwhile = [];
        _tokens = new();
    }

    [Test]
    public async Task Start_UnknownStudent_IsNotEnrolledAndTakesNoAttempt()
    {
        _attempts.Begun = 0;

        var started = await Sessions().StartAsync(School, new("bob"), LivenessTrier.Student, LivenessClient.Plain, default);

        Assert.That(started.Error, Is.SameAs(LivenessErrors.NotEnrolled));
        Assert.That(_attempts.Begun, Is.Zero);
    }

    [Test]
    public async Task Start_LockedOut_SaysForHowLong()
    {
        _attempts.LockedFor = TimeSpan.FromSeconds(125.2);

        var started = await Sessions().StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default);

        Assert.That(started.Error!.Code, Is.EqualTo("liveness.too_many_attempts"));
        Assert.That(started.Error.Details!["retry_after_seconds"], Is.EqualTo(126));
    }

    [TestCase(PadPolicy.Required, false)]
    [TestCase(PadPolicy.WhenAvailable, true)]
    public async Task Start_WithoutPadWeights_PolicyDecides(PadPolicy policy, bool starts)
    {
        _camera.HasPad = false;

        var started = await Sessions(o => o.Pad = policy).StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default);

        Assert.That(started.IsSuccess, Is.EqualTo(starts));
        Assert.That(starts ? started.Value.Pad : PadState.NotAvailable, Is.EqualTo(PadState.NotAvailable));
    }

    [Test]
    public async Task Start_ManyTimes_DrawsEveryChallenge()
    {
        var first = new HashSet<LivenessAction>();
        for (var i = 0; i < 200; i++)
            first.Add((await Sessions()
                .StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Judgement.Challenge!.Value);

        Assert.That(first, Is.EquivalentTo(LivenessActions.Common));
    }

    [Test]
    public async Task Submit_TheAction_PassesWithATokenAndTheAttemptIsForgiven()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("turn_left", 1));
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;

        var verdict = await TurnLeftAsync(sessions, id);

        Assert.That((verdict.Judgement.Outcome, verdict.Token), Is.EqualTo((LivenessOutcome.Passed, "token")));
        Assert.That(_tokens.Issued!.Student, Is.EqualTo(Ann));
        Assert.That(_tokens.Issued.ExpiresAt - _tokens.Issued.PassedAt, Is.EqualTo(TimeSpan.FromSeconds(60)));
        Assert.That(_attempts.Forgiven, Is.EqualTo([id]));
    }

    [Test]
    public async Task Submit_TheActionWithoutCredentials_PassesOnceWithoutATokenAndIsRemembered()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("nod", 1));
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Anybody, LivenessClient.Plain, default)).Value.Session;

        var verdict = await NodAsync(sessions, id);
        var again = (await sessions.SubmitAsync(School, Ann, id, default, default)).Value;
        await sessions.EndAsync(id, wasAsked: true);

        Assert.That((verdict.Judgement.Outcome, verdict.Token), Is.EqualTo((LivenessOutcome.Passed, (string?)null)));
        Assert.That((again.Judgement.Outcome, again.Token), Is.EqualTo((LivenessOutcome.Passed, (string?)null)));
        Assert.That(_tokens.Issued, Is.Null);
        Assert.That(_attempts.Forgiven, Is.EqualTo([id]));
        Assert.That(_pictures.Kept.Keys, Is.EqualTo([id]));
    }

    [TestCase("blink,mouth_open,nod,turn_left,turn_right", 2, "blink,mouth_open,nod")]
    [TestCase("mouth_open,nod,turn_left", 2, "mouth_open,nod")]
    [TestCase("mouth_open,turn_left,turn_right", 2, "blink,mouth_open,nod")]
    [TestCase("turn_left,turn_right", 1, "blink,mouth_open")]
    [TestCase("blink,mouth_open,nod,turn_left,turn_right", 5, "blink,mouth_open,nod")]
    public async Task Start_WithoutCredentials_AsksOnlyWhatOldClientsShow(string challenges, int steps, string expected)
    {
        var (sessions, first) = (Sessions(o => (o.Challenges, o.Steps) = (challenges, steps)), new HashSet<string>());
        for (var i = 0; i < 100; i++)
        {
            var started = (await sessions.StartAsync(School, Ann, LivenessTrier.Anybody, LivenessClient.Plain, default)).Value;
            Assert.That(started.Judgement.Steps, Is.EqualTo(Math.Min(steps, 3)));
            first.Add(Words.Of(started.Judgement.Challenge!.Value));
        }

        Assert.That(first, Is.EquivalentTo(expected.Split(',')));
    }

    // Whoever says nothing is asked what every client shows, unless the school lists more; whoever says that it can show more is asked that
    // on top.
    [TestCase(LivenessTrier.Student, "blink,nod", "", 1, false)]
    [TestCase(LivenessTrier.Student, "blink,nod", "move_closer", 2, true)]
    [TestCase(LivenessTrier.Student, "blink,nod", "blink, move_closer,turn_left", 2, true)]
    [TestCase(LivenessTrier.Caller, "blink,nod,move_closer", "", 2, true)]
    [TestCase(LivenessTrier.Anybody, "blink,nod,move_closer", "", 1, false)]
    [TestCase(LivenessTrier.Anybody, "blink,nod", "move_closer", 2, true)]
    public async Task Start_ClientThatShowsMoveCloserOrASchoolThatListsIt_IsAskedItOnTop(
        LivenessTrier by, string challenges, string shows, int steps, bool asksIt)
    {
        var (sessions, first) = (Sessions(o => (o.Challenges, o.Steps) = (challenges, 1)), new HashSet<LivenessAction>());
        for (var i = 0; i < 60; i++)
        {
            var started = (await sessions.StartAsync(School, Ann, by, LivenessClient.Parse(null, shows).Value, default)).Value;
            Assert.That(started.Judgement.Steps, Is.EqualTo(steps));
            first.Add(started.Judgement.Challenge!.Value);
        }

        Assert.That(first.Contains(LivenessAction.MoveCloser), Is.EqualTo(asksIt));
        Assert.That(first, Has.None.EqualTo(LivenessAction.TurnLeft), "a client adds nothing of what every client shows");
    }

    [TestCase("perhaps", null, "mirrored is 'perhaps'")]
    [TestCase(null, "blink,jump", "actions is 'jump'")]
    public void Client_ThatCannotBeRead_IsRefusedByName(string? mirrored, string? actions, string named)
    {
        var read = LivenessClient.Parse(mirrored, actions);

        Assert.That(read.Error!.Code, Is.EqualTo("liveness.invalid_option"));
        Assert.That(read.Error.Message, Does.StartWith(named));
    }

    [Test]
    public async Task Submit_WhileMoveCloserIsAsked_TheViewIsWantedAndOtherwiseNot()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("turn_left", 1));
        var plain = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value;
        await sessions.SubmitAsync(School, Ann, plain.Session, default, default);
        var plainLook = _camera.Look;
        LivenessAnswer asked;
        do asked =
            (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Parse(null, "move_closer").Value, default)).Value;
        while (asked.Judgement.Challenge != LivenessAction.MoveCloser);
        await sessions.SubmitAsync(School, Ann, asked.Session, default, default);

        Assert.That((plainLook.HasFlag(LivenessLook.View), _camera.Look.HasFlag(LivenessLook.View)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Start_ManySessionsWithoutCredentials_LeaveRoomForTheOthers()
    {
        var sessions = Sessions();
        for (var i = 0; i < 100; i++) await sessions.StartAsync(School, Ann, LivenessTrier.Anybody, LivenessClient.Plain, default);

        var stranger = await sessions.StartAsync(School, Ann, LivenessTrier.Anybody, LivenessClient.Plain, default);
        var student = await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default);

        Assert.That(stranger.Error, Is.SameAs(LivenessErrors.TooManySessions));
        Assert.That(student.IsSuccess);
    }

    [Test]
    public async Task Submit_AnotherFace_NeverPassesAndTheAttemptStays()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("turn_left", 1));
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;
        _camera.Person = 3;

        var answer = await TurnLeftAsync(sessions, id);

        Assert.That((answer.Judgement.Outcome, answer.Judgement.Fault),
            Is.EqualTo((LivenessOutcome.Failed, (LivenessFault?)LivenessFault.FaceMismatch)));
        Assert.That(_attempts.Forgiven, Is.Empty);
        _camera.Person = 0;
    }

    [TestCase(30, LivenessOutcome.Failed)]
    [TestCase(0, LivenessOutcome.Passed)]
    public async Task Submit_PicturesOfASessionThatPassed_AreAReplayAndTheAttemptStays(int memoryDays, LivenessOutcome expected)
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps, o.MemoryDays) = ("turn_left", 1, memoryDays));
        var first = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;
        await TurnLeftAsync(sessions, first);
        _camera.Rewind();

        var again =
            await TurnLeftAsync(
                sessions, (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session);

        Assert.That(again.Judgement.Outcome, Is.EqualTo(expected));
        Assert.That(_attempts.Forgiven, Has.Count.EqualTo(expected == LivenessOutcome.Passed ? 2 : 1));
        if (expected == LivenessOutcome.Failed)
            Assert.That((again.Judgement.Fault, again.Token), Is.EqualTo(((LivenessFault?)LivenessFault.Replay, (string?)null)));
    }

    [Test]
    public async Task Submit_SamePicturesPassedElsewhereMeanwhile_GivesNoToken()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("turn_left", 1));
        await TurnLeftAsync(
            sessions, (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session);
        var elsewhere = _pictures.Kept.Values.Single();
        _pictures.Kept.Clear();
        _pictures.Meanwhile = elsewhere;
        _camera.Rewind();

        var verdict =
            await TurnLeftAsync(
                sessions, (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session);

        Assert.That((verdict.Judgement.Fault, verdict.Token), Is.EqualTo(((LivenessFault?)LivenessFault.Replay, (string?)null)));
        Assert.That(_attempts.Forgiven, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Submit_PicturesCannotBeKept_PassesWithTheNextFrameThatCan()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("turn_left", 1));
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;
        _pictures.IsAway = true;

        Assert.ThrowsAsync<TimeoutException>(() => TurnLeftAsync(sessions, id));
        _pictures.IsAway = false;
        var verdict = (await sessions.SubmitAsync(School, Ann, id, default, default)).Value;

        Assert.That((verdict.Judgement.Outcome, verdict.Token), Is.EqualTo((LivenessOutcome.Passed, "token")));
        Assert.That(_attempts.Forgiven, Is.EqualTo([id]));
    }

    [Test]
    public async Task End_ClientThatLeftHalfWay_ItsPicturesAreRememberedOnce()
    {
        var sessions = Sessions(o => (o.Challenges, o.Steps) = ("nod", 1));
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;
        await TurnLeftAsync(sessions, id);

        await sessions.EndAsync(id, wasAsked: true);
        await sessions.EndAsync(id, wasAsked: true);

        Assert.That(_pictures.Kept.Keys, Is.EqualTo([id]));
        Assert.That(_pictures.Kept[id], Has.Count.InRange(LivenessRules.MostSeen, 12));
    }

    [Test]
    public async Task Submit_AnotherStudentsOrUnknownOrEndedSession_IsUnknown()
    {
        var sessions = Sessions();
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;

        var anothers = await sessions.SubmitAsync(School, new("bob"), id, default, default);
        var unknown = await sessions.SubmitAsync(School, Ann, new(Guid.NewGuid()), default, default);
        await sessions.EndAsync(id, wasAsked: true);
        var ended = await sessions.SubmitAsync(School, Ann, id, default, default);

        Assert.That(new[] { anothers.Error, unknown.Error, ended.Error }, Is.All.SameAs(LivenessErrors.UnknownSession));
    }

    [Test]
    public async Task Submit_AfterTheDuration_TimeIsUpWithoutAnalysis()
    {
        var sessions = Sessions();
        var id = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.Session;
        _clock.Advance(TimeSpan.FromSeconds(60));

        var answer = (await sessions.SubmitAsync(School, Ann, id, default, default)).Value;

        Assert.That(answer.Judgement.Fault, Is.EqualTo(LivenessFault.TimeUp));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Submit_FaceIsGoneMeanwhile_ComparesNothingMoreThoughSomebodyEnrolsAgain(bool whileLookedAt)
    {
        var gallery = new FakeGallery("ann");
        var sessions = Sessions(gallery: gallery);
        var started = (await sessions.StartAsync(School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value;
        await sessions.SubmitAsync(School, Ann, started.Session, default, default);

        if (whileLookedAt) _camera.Looking = () => gallery.Forget("ann");
        else gallery.Forget("ann");
        var gone = await sessions.SubmitAsync(School, Ann, started.Session, default, default);
        _camera.Looking = null;
        gallery.Remember("ann");
        var again = await sessions.SubmitAsync(School, Ann, started.Session, default, default);

        Assert.That((gone.Error, again.Error), Is.EqualTo((LivenessErrors.NotEnrolled, LivenessErrors.NotEnrolled)));
        Assert.That(started.FaceGone.IsCancellationRequested, Is.True);
        Assert.That(
            (await sessions.StartAsync(
                School, Ann, LivenessTrier.Student, LivenessClient.Plain, default)).Value.FaceGone.IsCancellationRequested, Is.False);
    }

    [TestCase("blink,jump", 1, "jump")]
    [TestCase("blink,blink", 1, "twice")]
    [TestCase("blink", 2, "LIVENESS_STEPS")]
    [TestCase("", 1, "LIVENESS_STEPS")]
    [TestCase("move_closer", 1, "move_closer")]
    [TestCase("blink,move_closer", 2, "move_closer")]
    public void Options_ThatCannotBeAsked_AreRefusedByName(string challenges, int steps, string named)
    {
        var result = new ChallengesValidator().Validate(null, new() { Challenges = challenges, Steps = steps });

        Assert.That(result.FailureMessage, Does.Contain(named));
    }

    [Test]
    public void Texts_EveryFaultAndHint_HasWordsOnTheWire()
    {
        Assert.That(Enum.GetValues<LivenessFault>().Select(LivenessWire.TextOf), Has.All.Not.Empty);
        Assert.That(Enum.GetValues<LivenessHint>().Select(Words.Of), Has.All.Not.Empty);
        Assert.That(LivenessActions.All.Select(a => Words.Parse<LivenessAction>(Words.Of(a))), Is.EqualTo(LivenessActions.All));
    }

    private async Task<LivenessAnswer> TurnLeftAsync(LivenessSessions sessions, LivenessSessionId id)
    {
        LivenessAnswer? last = null;
        for (var frame = 0; frame < 12; frame++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            _camera.Yaw = frame is >= 3 and < 5 ? 25 : 0;
            last = (await sessions.SubmitAsync(School, Ann, id, default, default)).Value;
            if (last.Judgement.Outcome != LivenessOutcome.Running) break;
        }
        return last!;
    }

    private async Task<LivenessAnswer> NodAsync(LivenessSessions sessions, LivenessSessionId id)
    {
        LivenessAnswer? last = null;
        for (var frame = 0; frame < 20 && last?.Judgement.Outcome is null or LivenessOutcome.Running; frame++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            _camera.Pitch = frame >= 3 && frame % 3 == 0 ? 15 : 0;
            last = (await sessions.SubmitAsync(School, Ann, id, default, default)).Value;
        }
        return last!;
    }

    private LivenessSessions Sessions(Action<LivenessOptions>? change = null, FakeGallery? gallery = null)
    {
        var options = new LivenessOptions { VerificationThreshold = 0.4f };
        change?.Invoke(options);
        return new(_camera, gallery ?? new FakeGallery("ann"), _attempts, _pictures, _tokens, Options.Create(options), _clock);
    }

    /// <summary>Sees one face, a little different every time.</summary>
    private sealed class FakeCamera : ILivenessAnalyzer
    {
        private ulong _picture;

        /// <summary>The same pictures come again.</summary>
        public void Rewind() => _picture = 0;

        public bool HasPad { get; set; } = true;

        public float Yaw { get; set; }

        public float Pitch { get; set; }

        public int Person { get; set; }

        /// <summary>What was wanted of the last picture.</summary>
        public LivenessLook Look { get; private set; }

        /// <summary>Happens while a picture is looked at.</summary>
        public Action? Looking { get; set; }

        public Task<Result<LivenessFrame>> AnalyzeLivenessAsync(
            SchoolId school, StudentId student, ReadOnlyMemory<byte> image, LivenessLook look, CancellationToken ct)
        {
            _picture++;
            Look = look;
            Looking?.Invoke();
            var raw = new float[8];
            raw[Person] = 1;
            raw[6] = 0.03f * _picture;
            FaceGeometry geometry = new(0.3f, 0.3f, 0.05f, -8, new(Yaw, Pitch, 0));
            return Task.FromResult<Result<LivenessFrame>>(new LivenessFrame(120, _picture, 1, new(
                new(100, 100, 200, 220), 0.45f, default, 0.99f, Embedding.FromRaw(raw, new("fake")), geometry, null,
                look.HasFlag(LivenessLook.Pad) ? 0.9f : null)));
        }
    }

    private sealed class FakeAttempts : ILivenessAttempts
    {
        public TimeSpan LockedFor { get; set; }

        public int Begun { get; set; }

        public List<LivenessSessionId> Forgiven { get; } = [];

        public Task<TimeSpan?> BeginAsync(
            SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, AttemptRule rule, CancellationToken ct)
        {
            Begun++;
            return Task.FromResult<TimeSpan?>(LockedFor);
        }

        public Task ForgiveAsync(SchoolId school, StudentId student, LivenessSessionId session, CancellationToken ct)
        {
            Forgiven.Add(session);
            return Task.CompletedTask;
        }
    }

    private sealed class FakePictures : ILivenessPictures
    {
        public Dictionary<LivenessSessionId, IReadOnlyList<SeenPicture>> Kept { get; } = [];

        public IReadOnlyList<SeenPicture> Meanwhile { get; set; } = [];

        public bool IsAway { get; set; }

        public Task<IReadOnlyList<SeenPicture>> ReadAsync(
            SchoolId school, StudentId student, EmbeddingContractId contract, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<SeenPicture>>([.. Kept.Values.SelectMany(p => p)]);

        public Task<IReadOnlyList<SeenPicture>> KeepAsync(
            SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, IReadOnlyList<SeenPicture> pictures,
            CancellationToken ct)
        {
            if (IsAway) throw new TimeoutException();
            Kept.Add(session, pictures);
            return Task.FromResult(Meanwhile);
        }
    }

    private sealed class FakeTokens : ILivenessTokens
    {
        public LivenessGrant? Issued { get; private set; }

        public string Issue(LivenessGrant grant)
        {
            Issued = grant;
            return "token";
        }

        public Result<LivenessGrant> Read(SchoolId school, string token, DateTimeOffset now) => throw new NotSupportedException();
    }
}
