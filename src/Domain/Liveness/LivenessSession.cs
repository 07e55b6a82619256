namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// Judges a person before a camera by what is seen over time. A state machine over (time, observation): no clock, no input or output,
/// nothing random; its plan was drawn by whoever made it. For one thread at a time.
/// </summary>
/// <remarks>
/// A frame counts when it is light enough, shows exactly one face, the student's, in a picture not seen before, on the track of the frame
/// before. On such frames the neutral face is measured first; from then on every action is followed, and the one asked for passes its step
/// when it goes neutral → peak → neutral after it was asked. Another action that is seen whole is a strike: another question takes its
/// place, and one more follows. Between two questions the person rests for a time that nobody foresees; any action then is a strike.
/// </remarks>
public sealed class LivenessSession
{
    private readonly LivenessRules _rules;
    private readonly List<LivenessAction> _asked;
    private readonly List<LivenessAction> _spares;
    private readonly Queue<TimeSpan> _rests;
    private readonly PictureHistory _pictures;
    private readonly FaceTrack _track = new();
    private readonly NeutralFace _neutral = new();
    private readonly Dictionary<LivenessAction, Movement> _movements =
        LivenessActions.All.ToDictionary(a => a, a => new Movement(MovementRule.For(a)));
    private readonly List<TimeSpan> _nods = [];
    private readonly List<float> _live = [];
    private readonly Queue<TimeSpan> _gaps = [];
    private readonly Approach _approach = new();

    private TimeSpan _now;
    private TimeSpan _askedAt;
    private (TimeSpan From, TimeSpan Until)? _rest;
    private LivenessAction _shown;
    private TimeSpan? _pictureAt;
    private TimeSpan? _judgedAt;
    private TimeSpan? _sampledAt;
    private TimeSpan? _mismatchSince;
    private FaceGeometry _smooth;
    private HeadPoseRange _blinkPose;
    private float _share;
    private bool? _isMirrored;
    private LivenessAction? _unconfirmed;
    private int _step;
    private int _strikes;
    private int _wrongTurns;
    private int _flat;

    /// <param name="earlier">Pictures that earlier sessions of the student were shown, of the same embedding contract.</param>
    public LivenessSession(LivenessRules rules, LivenessPlan plan, params IReadOnlyList<SeenPicture> earlier)
    {
        if (plan.Asked.Count == 0) throw new ArgumentException("A session asks at least one action.", nameof(plan));
        (_rules, _asked, _spares, _rests, _shown) = (rules, [.. plan.Asked], [.. plan.Spares], new(plan.Rests), plan.Asked[0]);
        (_pictures, _isMirrored) = (new(earlier), rules.IsMirrored);
        Current = Describe(LivenessOutcome.Running, null, LivenessHint.LookStraight);
    }

    /// <summary>Where the session stands after the last frame.</summary>
    public LivenessJudgement Current { get; private set; }

    /// <summary>What later sessions should know again: pictures of the student's face that were shown here, spread over the
    /// session.</summary>
    public IReadOnlyList<SeenPicture> Pictures => _pictures.Sample;

    /// <summary>Other sessions were shown pictures meanwhile: one that passed on the same ones has not.</summary>
    public LivenessJudgement Confront(IReadOnlyList<SeenPicture> others) =>
        Current.Outcome != LivenessOutcome.Failed
            && _pictures.CountOf(others) >= LivenessRules.MostSeen ? Fail(LivenessFault.Replay) : Current;

    /// <summary>Whether a frame at that time should carry a passive sample.</summary>
    public bool WantsLiveScore(TimeSpan at) => _rules.AsksPad && (_sampledAt is not { } last || at - last >= LivenessRules.LiveInterval);

    /// <summary>Whether the next frame should carry a <see cref="FaceView"/>.</summary>
    public bool WantsView => IsAsked(LivenessAction.MoveCloser);

    /// <summary>Time passes without a frame.</summary>
    /// <param name="at">Since the session's start.</param>
    /// <exception cref="ArgumentOutOfRangeException">Earlier than before: a bug in the caller's clock.</exception>
    public LivenessJudgement Tick(TimeSpan at)
    {
        if (at < _now) throw new ArgumentOutOfRangeException(nameof(at), at, "Time does not go backwards.");
        if (Current.Outcome != LivenessOutcome.Running) return Current;
        _now = at;
        return at >= _rules.Duration ? Fail(LivenessFault.TimeUp) : Current = Current with { Left = _rules.Duration - at };
    }

    /// <summary>Judges a frame. Once the session has ended, its verdict stays.</summary>
    /// <param name="at">Since the session's start, not before the frame before.</param>
    /// <exception cref="ArgumentOutOfRangeException">Earlier than before: a bug in the caller's clock.</exception>
    public LivenessJudgement Observe(TimeSpan at, FrameObservation frame)
    {
        if (Tick(at).Outcome != LivenessOutcome.Running) return Current;
        if (!(frame.MeanGrey >= LivenessRules.LeastGrey)) return Refuse(LivenessFault.LowLight);
        if (frame.Face is not { } face || frame.FaceCount < 1) return Refuse(LivenessFault.NoFace);
        if (frame.FaceCount > 1) return Refuse(LivenessFault.SeveralFaces);
        if (!(face.Similarity >= _rules.VerificationThreshold)) return RefuseStranger(at);
        _mismatchSince = null;
        // Models give numbers for every face; where one does not, there is nothing to judge.
        if (!face.Geometry.IsFinite) return Refuse(LivenessFault.FaceLost);

        var isNew = _pictures.Add(at, new(frame.PixelDigest, face.Embedding));
        if (_pictures.Seen >= LivenessRules.MostSeen) return Fail(LivenessFault.Replay);
        if (_pictures.Returns >= LivenessRules.MostReturns || _pictures.Still >= LivenessRules.StillLimit)
            return Fail(LivenessFault.StaticImage);
        if (!isNew) return _pictures.Still >= LivenessRules.StillWarning ? Refuse(LivenessFault.StaticImage) : Current;

        Count(at);
        if (face.LiveProbability is { } live) Sample(at, live);
        if (_live.Count >= LivenessRules.EarlyLiveSamples && !(MedianLive() >= LivenessRules.LeastLive))
            return Fail(LivenessFault.PresentationAttack);

        var continues = _track.Continue(at, face);
        if (!continues || (_judgedAt is { } before && at - before > LivenessRules.LongestGap)) Interrupt();
        if (!continues)
        {
            _judgedAt = at;
            _smooth = face.Geometry;
            return Current = Describe(LivenessOutcome.Running, LivenessFault.FaceLost, LivenessHint.LookStraight);
        }
        Smooth(at, face.Geometry);
        (_judgedAt, _share) = (at, face.Share);
        return Judge(at, face.Geometry, face.View);
    }

    private LivenessJudgement Judge(TimeSpan at, in FaceGeometry raw, FaceView? view)
    {
        if (_step == _asked.Count) return Conclude();
        if (_neutral.Median is not { } neutral)
        {
            _neutral.Measure(at, _smooth);
            if (_neutral.Median is { } measured) Follow(at, raw, view, measured);
            return Continue(_neutral.Median is null ? LivenessHint.LookStraight : LivenessHint.Act);
        }

        var completed = Follow(at, raw, view, neutral);
        if (_movements.Values.All(m => !m.IsAway)) _neutral.Measure(at, _smooth);
        if (_rest is { } rest) return Rest(at, rest.From, rest.Until, completed);

        var asked = _asked[_step];
        foreach (var (action, movement) in completed)
        {
            // Begun before it was asked for, or sooner after than anybody can act: it counts neither for nor against.
            if (movement.Departed < _askedAt || movement.Peaked - _askedAt < LivenessRules.Reaction) continue;
            if (action == asked && IsWhole(action, movement)) return Pass(at, asked);
            // Who swings back before turning is under way to the side that is asked.
            if (_isMirrored is null && action == LivenessActions.OtherSideOf(asked) && !_movements[asked].IsAway
                && IsSure(action, movement))
                return PassMirrored(at, action);
        }
        foreach (var (action, movement) in completed)
        {
            if (action == asked || movement.Departed < _askedAt || movement.Height < MovementRule.For(action).StrikeFactor) continue;
            // One movement moves several signals; while the one asked for is under way, the others are its shadows.
            if (_movements[asked].IsAway || (action == LivenessAction.Nod && !IsWhole(action, movement))) continue;
            return _unconfirmed == asked && action == LivenessActions.OtherSideOf(asked) ? Unmirror(at, action) : Strike(at);
        }
        if (_flat >= LivenessRules.MostFlat) return Fail(LivenessFault.PresentationAttack);
        var mayReturn = asked == LivenessAction.MoveCloser ? _approach.HasSeenEnough : _movements[asked].IsAway;
        return Continue(mayReturn ? LivenessHint.Return : LivenessHint.Act);
    }

    /// <summary>Nothing is asked, so that whoever acts does it unasked; blinks and what was shown last are free, for old clients still show
    /// it.</summary>
    private LivenessJudgement Rest(
        TimeSpan at, TimeSpan from, TimeSpan until, List<(LivenessAction Action, CompletedMovement Movement)> completed)
    {
        foreach (var (action, movement) in completed)
        {
            if (IsUnasked(action) && movement.Departed >= from && movement.Height >= LivenessRules.RestStrikeFactor) return Strike(at);
        }
        // A movement that has begun is seen to its end before the next question, for a while.
        var moves = _movements.Any(m => IsUnasked(m.Key) && m.Value.IsPeaking);
        return at >= until && (!moves || at >= until + LivenessRules.RestPatience) ? Ask(at) : Continue(LivenessHint.LookStraight);

        bool IsUnasked(LivenessAction action) => action != _shown && action != LivenessAction.Blink && action != LivenessAction.MoveCloser;
    }

    private bool IsAsked(LivenessAction action) => _rest is null && _step < _asked.Count && _asked[_step] == action;

    /// <summary>A nod needs several dips, and what came closer depth; everything else is whole by itself.</summary>
    private bool IsWhole(LivenessAction action, in CompletedMovement movement)
    {
        if (action == LivenessAction.MoveCloser)
        {
            var hasDepth = _approach.HasDepth;
            if (hasDepth == false) _flat++;
            _approach.Forget();
            return hasDepth == true;
        }
        if (action != LivenessAction.Nod) return true;
        var now = movement.Returned;
        _nods.RemoveAll(dip => now - dip > LivenessRules.NodSpan);
        if (!_nods.Contains(now)) _nods.Add(now);
        return _nods.Count >= LivenessRules.Nods;
    }

    private List<(LivenessAction Action, CompletedMovement Movement)> Follow(
        TimeSpan at, in FaceGeometry raw, FaceView? view, in FaceGeometry neutral)
    {
        var completed = new List<(LivenessAction, CompletedMovement)>();
        float yaw = _smooth.Pose.YawDegrees - neutral.Pose.YawDegrees, pitch = _smooth.Pose.PitchDegrees - neutral.Pose.PitchDegrees;
        var (shut, open) = EyeSignal(raw, neutral);
        _blinkPose = _movements[LivenessAction.Blink].IsAway ? _blinkPose.With(yaw, pitch) : new(yaw, yaw, pitch, pitch);
        // Who looks down or turns away lowers the lids as well: a blink has a steady head.
        if (!_blinkPose.IsSteady) _movements[LivenessAction.Blink].Interrupt();
        Follow(LivenessAction.Blink, shut, open);
        FollowOne(LivenessAction.MouthOpen, _smooth.MouthRatio - neutral.MouthRatio);
        FollowOne(LivenessAction.Nod, pitch);
        var toLeft = _isMirrored == true ? -yaw : yaw;
        FollowOne(LivenessAction.TurnLeft, toLeft);
        FollowOne(LivenessAction.TurnRight, -toLeft);
        // Only while it is asked: nothing else needs to know, and the views are dear.
        if (view is not null && IsAsked(LivenessAction.MoveCloser))
            FollowOne(LivenessAction.MoveCloser,
                _approach.Follow(at, view, _smooth.Pose, Math.Abs(yaw) <= MovementRule.For(LivenessAction.TurnLeft).Amplitude));
        return completed;

        void FollowOne(LivenessAction action, float change)
        {
            var level = change / MovementRule.For(action).Amplitude;
            Follow(action, level, level);
        }

        void Follow(LivenessAction action, float peak, float rest)
        {
            if (_movements[action].Follow(at, peak, rest) is { } movement) completed.Add((action, movement));
        }
    }

    /// <summary>
    /// Shut when one of the two measures says so and the other does not deny it, open when both do; both are of both eyes, so that a wink
    /// is neither. Not smoothed: a blink is as quick as two frames.
    /// </summary>
    private static (float Shut, float Open) EyeSignal(in FaceGeometry now, in FaceGeometry neutral)
    {
        var amplitude = MovementRule.For(LivenessAction.Blink).Amplitude;
        var left = (1 - (now.LeftEyeRatio / neutral.LeftEyeRatio)) / amplitude;
        var right = (1 - (now.RightEyeRatio / neutral.RightEyeRatio)) / amplitude;
        var (shut, open) = (Math.Min(left, right), Math.Max(left, right));
        if (now.EyesShut is not { } logit || neutral.EyesShut is not { } neutralLogit) return (shut, open);
        // slim_160 says shut from −2 on (github.com/ainrichman/Peppa-Facial-Landmark-PyTorch @ 2380633, as tried on the clips); open eyes
        // −4 to −10.
        const float Shut = -2, LeastRange = 1;
        var model = (logit - neutralLogit) / Math.Max(Shut - neutralLogit, LeastRange);
        return (Math.Min(Math.Max(shut, model), Math.Min(shut, model) / LivenessRules.LeastAgreement), Math.Max(open, model));
    }

    /// <summary>Counts a new picture: one that a slow camera repeats shows nothing more.</summary>
    private void Count(TimeSpan at)
    {
        if (_pictureAt is { } before) _gaps.Enqueue(at - before);
        if (_gaps.Count > LivenessRules.Gaps) _gaps.Dequeue();
        _pictureAt = at;
    }

    private bool IsSlowerThan(int framesPerSecond) =>
        _gaps.Count == LivenessRules.Gaps
            && _gaps.Order().ElementAt(LivenessRules.Gaps / 2).TotalSeconds * framesPerSecond > LivenessRules.GapTolerance;

    private void Smooth(TimeSpan at, in FaceGeometry now)
    {
        if (_judgedAt is not { } before)
        {
            _smooth = now;
            return;
        }
        var part = 1 - MathF.Exp(-(float)((at - before) / LivenessRules.Smoothing));
        float Mix(float old, float fresh) => old + ((fresh - old) * part);
        _smooth = new(
            now.LeftEyeRatio, now.RightEyeRatio, Mix(_smooth.MouthRatio, now.MouthRatio), now.EyesShut,
            new(Mix(_smooth.Pose.YawDegrees, now.Pose.YawDegrees), Mix(_smooth.Pose.PitchDegrees, now.Pose.PitchDegrees),
                Mix(_smooth.Pose.RollDegrees, now.Pose.RollDegrees)));
    }

    private LivenessJudgement Pass(TimeSpan at, LivenessAction asked)
    {
        if (LivenessActions.OtherSideOf(asked) is not null) _isMirrored ??= false;
        if (_unconfirmed == asked) _unconfirmed = null;
        return Advance(at);
    }

    /// <summary>Whether a turn to the wrong side was meant: it was as large as a strike, or came twice. Some swing back before they
    /// turn.</summary>
    private bool IsSure(LivenessAction action, in CompletedMovement movement) =>
        ++_wrongTurns > 1 || movement.Height >= MovementRule.For(action).StrikeFactor;

    /// <summary>
    /// The first turn went the wrong way, as those before a mirrored camera do. They turn the wrong way each time, so that the other turn
    /// is asked as well: who confused left and right, and a recording that happens to show the opposite, show themselves then.
    /// </summary>
    private LivenessJudgement PassMirrored(TimeSpan at, LivenessAction other)
    {
        (_isMirrored, _unconfirmed) = (true, other);
        // What they follow has changed sides.
        _movements[LivenessAction.TurnLeft].Interrupt();
        _movements[LivenessAction.TurnRight].Interrupt();
        _spares.Remove(other);
        if (!_asked.Skip(_step + 1).Contains(other)) _asked.Add(other);
        return Advance(at);
    }

    /// <summary>The other turn went the same way: the camera is none that mirrors, and the first turn was a wrong one. It is asked
    /// again.</summary>
    private LivenessJudgement Unmirror(TimeSpan at, LivenessAction first)
    {
        (_isMirrored, _unconfirmed) = (false, null);
        return Strike(at, first);
    }

    private LivenessJudgement Advance(TimeSpan at)
    {
        _step++;
        return _step == _asked.Count ? Conclude() : Pause(at, LivenessHint.LookStraight);
    }

    /// <summary>Rests, if there is a rest left, before the question at hand is asked.</summary>
    private LivenessJudgement Pause(TimeSpan at, LivenessHint hint)
    {
        if (!_rests.TryDequeue(out var rest)) return Ask(at, hint == LivenessHint.LookStraight ? LivenessHint.Act : hint);
        _rest = (at, at + rest);
        return Continue(hint);
    }

    private LivenessJudgement Ask(TimeSpan at, LivenessHint hint = LivenessHint.Act)
    {
        (_rest, _shown, _askedAt, _wrongTurns) = (null, _asked[_step], at, 0);
        if (_shown == LivenessAction.MoveCloser) _approach.Begin();
        _nods.Clear();
        return Continue(hint);
    }

    private LivenessJudgement Conclude()
    {
        if (!_rules.AsksPad) return End(LivenessOutcome.Passed, null);
        if (_live.Count < LivenessRules.LeastLiveSamples) return Continue(LivenessHint.Hold);
        return MedianLive() >= LivenessRules.LeastLive ? End(LivenessOutcome.Passed, null) : Fail(LivenessFault.PresentationAttack);
    }

    /// <param name="instead">Asked in place of the question at hand; null for another of its kind, unless that question has to be
    /// answered.</param>
    private LivenessJudgement Strike(TimeSpan at, LivenessAction? instead = null)
    {
        if (++_strikes > LivenessRules.MostStrikes) return Fail(LivenessFault.WrongActions);
        Interrupt();
        // Of the same kind, so that a face that cannot change is never let off with another turn.
        var spare = _spares.FindIndex(s => LivenessActions.ChangesFace(s) == LivenessActions.ChangesFace(_asked[_step]));
        if (instead is { } question) _asked[_step] = question;
        else if (spare >= 0 && _asked[_step] != _unconfirmed && _asked[_step] != LivenessAction.MoveCloser)
            _asked[_step] = TakeSpare(spare);
        // And one more: what one recorded action too many passes by luck, it does not pass again.
        if (_spares.Count > 0) _asked.Add(TakeSpare(0));
        return Pause(at, LivenessHint.OtherAction);
    }

    private LivenessAction TakeSpare(int index)
    {
        var spare = _spares[index];
        _spares.RemoveAt(index);
        return spare;
    }

    /// <summary>Whatever was under way must begin anew; steps that are done stay done.</summary>
    private void Interrupt()
    {
        foreach (var movement in _movements.Values) movement.Interrupt();
        _nods.Clear();
        _approach.Forget();
    }

    private void Sample(TimeSpan at, float live)
    {
        _sampledAt = at;
        _live.Add(live);
    }

    private float? MedianLive()
    {
        if (_live.Count == 0) return null;
        var ordered = _live.Order().ToList();
        return ordered.Count % 2 == 1 ? ordered[ordered.Count / 2] : (ordered[(ordered.Count / 2) - 1] + ordered[ordered.Count / 2]) / 2;
    }

    private LivenessJudgement RefuseStranger(TimeSpan at)
    {
        _mismatchSince ??= at;
        return at - _mismatchSince >= LivenessRules.MismatchLimit ? Fail(LivenessFault.FaceMismatch) : Refuse(LivenessFault.FaceMismatch);
    }

    private LivenessJudgement Refuse(LivenessFault fault)
    {
        Interrupt();
        _track.Forget();
        return Current = Describe(LivenessOutcome.Running, fault, null);
    }

    private LivenessJudgement Continue(LivenessHint hint)
    {
        if (_share >= LivenessRules.MostShare && hint is LivenessHint.LookStraight or LivenessHint.Act) hint = LivenessHint.MoveBack;
        var rate = MovementRule.For(_asked[Math.Min(_step, _asked.Count - 1)]).FramesPerSecond;
        if (hint == LivenessHint.Act && IsSlowerThan(rate)) hint = LivenessHint.Faster;
        return Current = Describe(LivenessOutcome.Running, null, hint) with { FramesPerSecond = hint == LivenessHint.Faster ? rate : null };
    }

    private LivenessJudgement Fail(LivenessFault fault) => End(LivenessOutcome.Failed, fault);

    private LivenessJudgement End(LivenessOutcome outcome, LivenessFault? fault) => Current = Describe(outcome, fault, null);

    private LivenessJudgement Describe(LivenessOutcome outcome, LivenessFault? fault, LivenessHint? hint)
    {
        var left = _rules.Duration - _now;
        // In a rest, and while the last samples are taken, there is nothing to do, and clients keep showing what was asked last.
        LivenessAction? challenge = outcome == LivenessOutcome.Running ? _shown : null;
        return new(
            outcome, fault, challenge, _step, _asked.Count, hint, _strikes, left > TimeSpan.Zero ? left : TimeSpan.Zero, MedianLive());
    }

    /// <summary>How the head moved while the eyes were not open, in degrees.</summary>
    private readonly record struct HeadPoseRange(float LeastYaw, float MostYaw, float LeastPitch, float MostPitch)
    {
        // A blink in the clips moves the measured head by 2 to 4 degrees; a speaker may turn on by 10 while blinking.
        private const float SteadyYaw = 15;
        private const float SteadyPitch = 8;

        public bool IsSteady => MostYaw - LeastYaw <= SteadyYaw && MostPitch - LeastPitch <= SteadyPitch;

        public HeadPoseRange With(float yaw, float pitch) => new(
            Math.Min(LeastYaw, yaw), Math.Max(MostYaw, yaw), Math.Min(LeastPitch, pitch), Math.Max(MostPitch, pitch));
    }
}
