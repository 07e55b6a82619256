namespace FaceAttendance.Domain.Liveness;

public enum LivenessOutcome
{
    /// <summary>Go on sending frames.</summary>
    Running,

    Passed,

    Failed,
}

/// <summary>What is wrong with a frame, or what ended the session.</summary>
public enum LivenessFault
{
    LowLight,
    NoFace,
    SeveralFaces,
    FaceMismatch,
    FaceLost,
    StaticImage,
    PresentationAttack,

    /// <summary>Pictures that an earlier session of the student was shown.</summary>
    Replay,

    WrongActions,
    TimeUp,
}

/// <summary>What would help now.</summary>
public enum LivenessHint
{
    /// <summary>Look straight into the camera, eyes open, mouth shut: the neutral face is being measured.</summary>
    LookStraight,

    /// <summary>Do what is asked.</summary>
    Act,

    /// <summary>Seen; come back to the neutral face.</summary>
    Return,

    /// <summary>That was another action than the one asked for.</summary>
    OtherAction,

    /// <summary>All steps are done; the last samples are being taken.</summary>
    Hold,

    /// <summary>The face fills the frame; move back a little.</summary>
    MoveBack,

    /// <summary>Do what is asked; but pictures come so slowly that it may fall between two of them.</summary>
    Faster,
}

/// <summary>Where a session stands after a frame.</summary>
/// <param name="Fault">Why the frame did not count, or why the session failed; null when all is well.</param>
/// <param name="Challenge">What is asked now; null once the session has ended.</param>
/// <param name="StepsDone">0 to <paramref name="Steps"/>.</param>
/// <param name="Steps">A strike adds one.</param>
/// <param name="Left">Until the session's end, never negative.</param>
/// <param name="LiveScore">Median of the passive samples so far; null without any.</param>
public sealed record LivenessJudgement(
    LivenessOutcome Outcome, LivenessFault? Fault, LivenessAction? Challenge, int StepsDone, int Steps, LivenessHint? Hint, int Strikes,
    TimeSpan Left, float? LiveScore)
{
    /// <summary>With <see cref="LivenessHint.Faster"/>: how many pictures a second show the asked action.</summary>
    public int? FramesPerSecond { get; init; }
}
