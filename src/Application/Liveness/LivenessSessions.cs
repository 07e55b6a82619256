using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Liveness;

/// <summary>
/// The liveness sessions of this process, from start to verdict. A session lives here alone; its attempt and its result are what other
/// processes know of it. Thread-safe; frames of one session are judged one after the other.
/// </summary>
public sealed class LivenessSessions(
    ILivenessAnalyzer analyzer, IGallery gallery, ILivenessAttempts attempts, ILivenessPictures pictures, ILivenessTokens tokens,
    IOptions<LivenessOptions> options, TimeProvider clock)
{
    // A session holds a few hundred embeddings of its own and up to 640 of earlier ones, some 0.5 MB; a thousand are far more than a
    // process can judge.
    private const int MostSessions = 1_000;

    // Of those without credentials: strangers leave room for the others.
    private const int MostOfAnybody = 100;

    // An ended session answers with its verdict for so long, for a client whose last frames are still on their way.
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromSeconds(10);

    private readonly LivenessOptions _options = options.Value;
    private readonly ConcurrentDictionary<LivenessSessionId, Live> _sessions = new();

    /// <summary>Takes an attempt of the student and begins a session.</summary>
    /// <returns>
    /// The first challenge. Errors: <see cref="LivenessErrors.NotAvailable"/>, <see cref="LivenessErrors.NotEnrolled"/>,
    /// <see cref="LivenessErrors.Locked"/>, <see cref="LivenessErrors.TooManySessions"/>.
    /// </returns>
    public async Task<Result<LivenessAnswer>> StartAsync(
        SchoolId school, StudentId student, LivenessTrier by, LivenessClient client, CancellationToken ct)
    {
        var started = await BeginAsync(school, student, by, client, ct);
        if (started.Error is { } error) LivenessMetrics.Refused(error.Code);
        else LivenessMetrics.Began();
        return started;
    }

    /// <summary>Judges one frame.</summary>
    /// <returns>
    /// Where the session stands; an ended one keeps its verdict for a while. Errors: <see cref="LivenessErrors.UnknownSession"/>, also for
    /// another student's session, <see cref="LivenessErrors.NotEnrolled"/> when the student's face is gone, and those of
    /// <see cref="ILivenessAnalyzer.AnalyzeLivenessAsync"/>.
    /// </returns>
    public async Task<Result<LivenessAnswer>> SubmitAsync(
        SchoolId school, StudentId student, LivenessSessionId id, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        if (!_sessions.TryGetValue(id, out var live) || live.School != school || live.Student != student)
            return LivenessErrors.UnknownSession;
        await live.Turn.WaitAsync(ct);
        try
        {
            var session = live.Session;
            // A frame shows what was when it came, however long the models take.
            var at = clock.GetElapsedTime(live.Began);
            if (session.Tick(at).Outcome == LivenessOutcome.Running)
            {
                if (live.IsFaceGone) return LivenessErrors.NotEnrolled;
                var analysis = await analyzer.AnalyzeLivenessAsync(school, student, image, LookOf(session, at), ct);
                if (analysis.Error is { } error) return error;
                // As they are now: whoever is erased, or withdraws consent, while the models look at a picture is not compared with it any
                // more.
                var opened = await gallery.OpenAsync(school, ct);
                if (opened.Error is { } notOpen) return notOpen;
                if (live.IsFaceGone || opened.Value.DirectionOf(student) is not { } enrolled) return LivenessErrors.NotEnrolled;
                session.Observe(at, Observe(analysis.Value, enrolled));
            }
            // Again with the next frame, should the database have been away.
            if (session.Current.Outcome == LivenessOutcome.Passed && !live.IsSettled) await SettleAsync(live);
            live.CountEnd();
            return Answer(live, session.Current);
        }
        finally
        {
            live.Turn.Release();
        }
    }

    /// <summary>The client went away. Its attempt stays taken, and what it showed is remembered.</summary>
    /// <param name="wasAsked">Whether the client was told what to do, or showed anything. An attempt of which it has seen nothing is given
    /// back: nobody can draw by it until the questions suit them.</param>
    public async Task EndAsync(LivenessSessionId id, bool wasAsked)
    {
        if (Forget(id) is not { } live) return;
        if (!wasAsked)
        {
            await attempts.ForgiveAsync(live.School, live.Student, live.Id, CancellationToken.None);
            return;
        }
        // Not while a frame of it is judged.
        await live.Turn.WaitAsync();
        // Those of a session that passed were kept then, and a replay's are known already.
        if (!live.IsSettled && live.Session.Current.Fault != LivenessFault.Replay) await RememberAsync(live);
    }

    private async Task<Result<LivenessAnswer>> BeginAsync(
        SchoolId school, StudentId student, LivenessTrier by, LivenessClient client, CancellationToken ct)
    {
        if (_options.Pad == PadPolicy.Required && !analyzer.HasPad) return LivenessErrors.NotAvailable;
        var opened = await gallery.OpenAsync(school, ct);
        if (opened.Error is { } notOpen) return notOpen;
        if (opened.Value.DirectionOf(student) is not { } enrolled) return LivenessErrors.NotEnrolled;
        ForgetOld();
        if (_sessions.Count >= MostSessions) return LivenessErrors.TooManySessions;
        if (by == LivenessTrier.Anybody && _sessions.Values.Count(live => live.By == by) >= MostOfAnybody)
            return LivenessErrors.TooManySessions;

        var id = new LivenessSessionId(new Guid(RandomNumberGenerator.GetBytes(16)));
        if (await attempts.BeginAsync(
            school, student, id, by, new AttemptRule(_options.Attempts, _options.AttemptWindow), ct) is not { } locked)
            return LivenessErrors.NotEnrolled;
        if (locked > TimeSpan.Zero) return LivenessErrors.Locked(locked);

        // Read after the attempt was taken: whatever is kept from then on is told at the end.
        var earlier = _options.MemoryDays > 0 ? await pictures.ReadAsync(school, student, enrolled.Contract, ct) : [];
        var rules = new LivenessRules(_options.Duration, _options.VerificationThreshold!.Value, analyzer.HasPad)
        {
            IsMirrored = client.IsMirrored,
        };
        var (actions, steps) = _options.AskedOf(by, client);
        var plan = LivenessPlan.Draw(actions, steps, RandomNumberGenerator.GetInt32);
        var live = new Live(id, school, student, by, new LivenessSession(rules, plan, earlier), clock.GetTimestamp(), gallery);
        _sessions[id] = live;
        return Answer(live, live.Session.Current) with { FaceGone = live.FaceGone };
    }

    private static LivenessLook LookOf(LivenessSession session, TimeSpan at) =>
        (session.WantsLiveScore(at) ? LivenessLook.Pad : LivenessLook.Plain) | (session.WantsView ? LivenessLook.View : LivenessLook.Plain);

    private static FrameObservation Observe(LivenessFrame frame, Embedding enrolled) => new(
        frame.MeanGrey, frame.PixelDigest, frame.FaceCount,
        frame.Face is { } face
            ? new(face.Box, face.Share, face.Geometry, face.Embedding, enrolled.CosineSimilarity(face.Embedding), face.View,
                face.LiveProbability)
            : null);

    /// <summary>
    /// Gives a session that passed its token, unless somebody else has passed with the same pictures at the same time. Without credentials
    /// there is none: whoever it was has shown a face, and not who they are.
    /// </summary>
    private async Task SettleAsync(Live live)
    {
        if ((await RememberAsync(live)).Outcome != LivenessOutcome.Passed) return;
        // The person has passed: a client that hangs up now must not be locked out for it.
        await attempts.ForgiveAsync(live.School, live.Student, live.Id, CancellationToken.None);
        live.IsSettled = true;
        if (live.By == LivenessTrier.Anybody) return;
        var now = clock.GetUtcNow();
        live.Token = tokens.Issue(new(live.School, live.Student, live.Id, now, now + _options.TokenLifetime, analyzer.HasPad));
    }

    private async Task<LivenessJudgement> RememberAsync(Live live)
    {
        var shown = live.Session.Pictures;
        // Of fewer, no session could be known again.
        if (_options.MemoryDays == 0 || shown.Count < LivenessRules.MostSeen) return live.Session.Current;
        return live.Session.Confront(await pictures.KeepAsync(live.School, live.Student, live.Id, live.By, shown, CancellationToken.None));
    }

    private LivenessAnswer Answer(Live live, LivenessJudgement judgement) => new(
        live.Id, judgement, analyzer.HasPad ? PadState.Asked : PadState.NotAvailable,
        judgement.Outcome == LivenessOutcome.Passed ? live.Token : null);

    private void ForgetOld()
    {
        foreach (var (id, live) in _sessions)
        {
            if (clock.GetElapsedTime(live.Began) > _options.Duration + KeptAfterEnd) Forget(id);
        }
    }

    /// <returns>Null for an unknown id.</returns>
    private Live? Forget(LivenessSessionId id)
    {
        if (!_sessions.TryRemove(id, out var live)) return null;
        live.Dispose();
        LivenessMetrics.Forgotten();
        if (live.Session.Current.Outcome != LivenessOutcome.Running) live.CountEnd();
        else if (clock.GetElapsedTime(live.Began) < _options.Duration) LivenessMetrics.Left();
        else LivenessMetrics.Ended(LivenessFault.TimeUp);
        return live;
    }

    /// <summary>A session, which follows the gallery until it is forgotten.</summary>
    private sealed class Live : IDisposable
    {
        private readonly IGallery _gallery;

        // Has no timer and no handle, so that there is nothing to dispose.
        private readonly CancellationTokenSource _faceGone = new();

        private bool _isCounted;

        public Live(LivenessSessionId id, SchoolId school, StudentId student, LivenessTrier by, LivenessSession session, long began,
            IGallery gallery)
        {
            (Id, School, Student, By, Session, Began, _gallery) = (id, school, student, by, session, began, gallery);
            _gallery.Changed += LookAgain;
            // It may have gone while the session was being made.
            LookAgain(school);
        }

        public LivenessSessionId Id { get; }

        public SchoolId School { get; }

        public StudentId Student { get; }

        public LivenessTrier By { get; }

        public LivenessSession Session { get; }

        /// <summary>The clock's timestamp.</summary>
        public long Began { get; }

        /// <summary>Cancelled when the student has no template any more. Stays so, whoever enrols under their id.</summary>
        public CancellationToken FaceGone => _faceGone.Token;

        public bool IsFaceGone => _faceGone.IsCancellationRequested;

        /// <summary>Held while a frame is judged. Never waited on through its handle, so there is nothing to dispose.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Whether it has passed for good.</summary>
        public bool IsSettled { get; set; }

        public string? Token { get; set; }

        public void Dispose() => _gallery.Changed -= LookAgain;

        /// <summary>Counts the session among those that ended, once.</summary>
        public void CountEnd()
        {
            if (_isCounted || Session.Current.Outcome == LivenessOutcome.Running) return;
            _isCounted = true;
            LivenessMetrics.Ended(Session.Current.Fault);
        }

        private void LookAgain(SchoolId changed)
        {
            if (changed == School) _ = LookAgainAsync();
        }

        private async Task LookAgainAsync()
        {
            // A gallery that does not open now is asked again with the next frame.
            var opened = await _gallery.OpenAsync(School, CancellationToken.None);
            // Whoever waits for it goes on elsewhere: the gallery's thread has more to do.
            if (opened.IsSuccess && opened.Value.DirectionOf(Student) is null) await _faceGone.CancelAsync();
        }
    }
}
