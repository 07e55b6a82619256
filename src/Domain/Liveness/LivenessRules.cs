namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// What a session demands. The constants were set on the clips that docs/liveness.md names, for 2 to 25 frames a second: they are times,
/// angles and ratios, never counts of frames alone.
/// </summary>
/// <param name="Duration">From the session's start to its end.</param>
/// <param name="VerificationThreshold">Least cosine similarity to the mean of the student's templates.</param>
/// <param name="AsksPad">Whether frames carry passive samples, and their median decides.</param>
public sealed record LivenessRules(TimeSpan Duration, float VerificationThreshold, bool AsksPad)
{
    /// <summary>Whether the camera's pictures are mirrored; null where nobody has said so, and the first turn tells.</summary>
    public bool? IsMirrored { get; init; }

    /// <summary>Mean grey of the face, of 255, or of a frame without one: the clients' contract.</summary>
    public const float LeastGrey = 50;

    /// <summary>
    /// Share of the frame's width or height from which a face is too near: from 1 on, forehead and chin lie outside, and the landmarks,
    /// above all of the eyes, move less than the face does. Such a face is told so, and judged all the same.
    /// </summary>
    public const float MostShare = 0.95f;

    /// <summary>
    /// How much of its own peak the less clear of the two measures of shut eyes shows at least. Faces that fill the frame lose a third of
    /// their eyes' ratio where others lose two thirds, while the model is as sure as ever; glances that are no blink leave it at half.
    /// </summary>
    public const float LeastAgreement = 0.6f;

    /// <summary>Times between pictures, of which the middle one says how fast they come.</summary>
    public const int Gaps = 5;

    /// <summary>How many times as long as the asked action's rate allows the time between two pictures may be; clients' clocks are not
    /// exact.</summary>
    public const double GapTolerance = 1.3;

    /// <summary>Cosine similarity from which two frames show the same picture of a face. Live faces that sit still reach it for two or
    /// three frames at 25 a second.</summary>
    public const float SamePicture = 0.999f;

    /// <summary>Frames of an earlier picture that end the session: a live face does not come back to the same picture.</summary>
    public const int MostReturns = 3;

    /// <summary>
    /// Cosine similarity from which a picture is one that an earlier session was shown. In the clips, moments of a person who sits still
    /// reach 0.983 when they are two seconds apart, and 0.964 later; copies encoded anew, smaller or with grain are at 0.97 to 0.999
    /// (docs/decisions/0012).
    /// </summary>
    public const float SeenPicture = 0.99f;

    /// <summary>Pictures of earlier sessions, each counted once, that end a session.</summary>
    public const int MostSeen = 4;

    /// <summary>Pictures of a session that are remembered, spread over its time: one in 0.4 s of a session that takes 12 s.</summary>
    public const int Remembered = 32;

    /// <summary>Strikes that a session survives: people confuse left and right once.</summary>
    public const int MostStrikes = 1;

    /// <summary>Times that something without depth may come closer before it is taken for an attack: landmarks and light play tricks on
    /// people, too.</summary>
    public const int MostFlat = 3;

    /// <summary>How many times its amplitude a movement in a rest counts as an action: less than elsewhere, for nothing is to be
    /// done.</summary>
    public const float RestStrikeFactor = 1.25f;

    /// <summary>Frames that the neutral face is measured on, at least.</summary>
    public const int LeastNeutralFrames = 2;

    /// <summary>Passive samples that a verdict rests on, at least.</summary>
    public const int LeastLiveSamples = 3;

    /// <summary>Passive samples from which a low median ends the session early.</summary>
    public const int EarlyLiveSamples = 5;

    /// <summary>Median probability of a live face, below which the session fails: the models' own line between their classes.</summary>
    public const float LeastLive = 0.5f;

    /// <summary>Speed in degrees a second beyond which a head has not turned but was exchanged; heads reach some 500 when shaken
    /// hard.</summary>
    public const float FastestTurn = 700;

    /// <summary>A still picture is told so after this long.</summary>
    public static readonly TimeSpan StillWarning = TimeSpan.FromSeconds(1.4);

    /// <summary>A still picture ends the session after this long.</summary>
    public static readonly TimeSpan StillLimit = TimeSpan.FromSeconds(6);

    /// <summary>An earlier picture counts as come back when it is older than this.</summary>
    public static readonly TimeSpan ReturnAge = TimeSpan.FromSeconds(1);

    /// <summary>The neutral face is measured over this long at least: the time between two frames of the contract's clients, with some
    /// jitter.</summary>
    public static readonly TimeSpan NeutralSpan = TimeSpan.FromSeconds(0.45);

    /// <summary>A longer pause between judged frames breaks every movement: what happened in it was not seen. Three frames of the
    /// contract's clients.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(1.6);

    /// <summary>Nobody reads a request and has acted on it sooner.</summary>
    public static readonly TimeSpan Reaction = TimeSpan.FromSeconds(0.2);

    /// <summary>Rests are drawn from here on: a frame or two of the contract's clients.</summary>
    public static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(0.7);

    /// <summary>And to here: longer than a recording pauses between two actions, shorter than people wonder what is up.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2.7);

    /// <summary>A rest in which the face moves lasts longer by at most this: a head that came to rest elsewhere never seems to come
    /// back.</summary>
    public static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(3);

    /// <summary>Somebody else's face ends the session after this long.</summary>
    public static readonly TimeSpan MismatchLimit = TimeSpan.FromSeconds(3);

    /// <summary>Time between two passive samples.</summary>
    public static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(0.4);

    /// <summary>Dips of one nod challenge lie within this long.</summary>
    public static readonly TimeSpan NodSpan = TimeSpan.FromSeconds(8);

    /// <summary>Clients say "nod 3 times"; two that were seen are enough, because at two frames a second one is easily missed.</summary>
    public const int Nods = 2;

    /// <summary>Time constant of the smoothing of angles and mouth. At 2 frames a second it changes nothing, at 25 it takes the jitter
    /// away.</summary>
    public static readonly TimeSpan Smoothing = TimeSpan.FromSeconds(0.06);
}

/// <summary>How far and how long a movement goes, from the person's own neutral face and back.</summary>
/// <param name="Amplitude">Change that counts as the action.</param>
/// <param name="StrikeFactor">How many times the amplitude counts as an action that nobody asked for; people move a little all the
/// time.</param>
/// <param name="LeastTime">From the last neutral frame before to the first after it; shorter is noise.</param>
/// <param name="MostHold">Between the first and the last frame at the peak.</param>
/// <param name="MostTime">From neutral to neutral.</param>
/// <param name="FramesPerSecond">
/// At fewer it may fall between two frames: eyes are shut for 0.2 to 0.4 s, and a nod's dip takes half a second. At 5 a second no blink of
/// the clips is missed, at 2 every second one (docs/liveness.md).
/// </param>
internal sealed record MovementRule(
    float Amplitude, float StrikeFactor, TimeSpan LeastTime, TimeSpan MostHold, TimeSpan MostTime, int FramesPerSecond)
{
    /// <summary>Part of the amplitude below which the face is neutral again: half, so that jitter at the limit makes no second
    /// movement.</summary>
    public const float Neutral = 0.5f;

    public static MovementRule For(LivenessAction action) => action switch
    {
        // Share of the eyes' own open ratio that is lost; shut eyes lose two thirds in the clips, lowered lids about half. People blink all
        // the time, so a blink is never a strike. 0.12 s is two frames at 25 a second; people asked to blink shut their eyes for up to a
        // second.
        LivenessAction.Blink => new(0.5f, float.PositiveInfinity, Seconds(0.11), Seconds(2), Seconds(4), 5),
        // Of the mouth ratio; speaking moves it by up to 0.25, a smile by some 0.3, a mouth opened on request by 0.25 to 0.7.
        LivenessAction.MouthOpen => new(0.22f, 1.6f, Seconds(0.25), Seconds(6), Seconds(8), 2),
        // Degrees of pitch, down.
        LivenessAction.Nod => new(8, 1.2f, Seconds(0.2), Seconds(2.5), Seconds(4), 4),
        // Degrees of yaw. The moderate turns of the clips are 11 to 18. Strikes begin at 13: recordings of all actions pass ten times as
        // often when they begin at 21, and who waits for a question moves less than the clips' lively speaker.
        LivenessAction.TurnLeft or LivenessAction.TurnRight => new(10, 1.3f, Seconds(0.25), Seconds(6), Seconds(9), 2),
        // Of the way from afar to close, which Approach measures. Who leans in unasked does nothing wrong.
        LivenessAction.MoveCloser => new(1, float.PositiveInfinity, Seconds(0.5), Seconds(10), Seconds(15), 2),
    };

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
