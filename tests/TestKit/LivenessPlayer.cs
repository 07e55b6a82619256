using System.Runtime.CompilerServices;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.TestKit;

/// <summary>Plays encoded frames into the real models and the session's rules, at any rate, without waiting.</summary>
/// <param name="threshold">The verification threshold.</param>
public sealed class LivenessPlayer(ILivenessAnalyzer analyzer, float threshold)
{
    private readonly ConditionalWeakTable<byte[], LivenessFrame> _seen = [];

    public async Task<LivenessFrame> AnalyzeAsync(byte[] frame)
    {
        if (_seen.TryGetValue(frame, out var known)) return known;
        var analyzed =
            (await analyzer.AnalyzeLivenessAsync(
                SchoolId.First, new("siswaA"), frame, LivenessLook.Pad | LivenessLook.View, CancellationToken.None)).Value;
        _seen.AddOrUpdate(frame, analyzed);
        return analyzed;
    }

    /// <returns>The verdict; when the frames do not suffice for one, time goes on until it is up.</returns>
    public async Task<LivenessJudgement> PlayAsync(
        IEnumerable<byte[]> frames, double framesPerSecond, IReadOnlyList<LivenessAction> asked, IReadOnlyList<Embedding> templates)
    {
        using var left = frames.GetEnumerator();
        return (await PlayAsync(async (_, _, _) => left.MoveNext() ? await AnalyzeAsync(left.Current) : null, framesPerSecond,
            new LivenessPlan(asked), templates)).Current;
    }

    /// <param name="see">
    /// What the camera shows at a time, given what the client was told last, and what is wanted of it; null when it shows nothing more.
    /// </param>
    /// <param name="isMirrored">What the client says of its camera.</param>
    /// <param name="earlier">Pictures of earlier sessions.</param>
    /// <returns>The session with its verdict; when the frames do not suffice for one, time goes on until it is up.</returns>
    public async Task<LivenessSession> PlayAsync(
        Func<TimeSpan, LivenessJudgement, LivenessLook, Task<LivenessFrame?>> see, double framesPerSecond, LivenessPlan plan,
        IReadOnlyList<Embedding> templates, bool? isMirrored = null, params IReadOnlyList<SeenPicture> earlier)
    {
        var rules = new LivenessRules(TimeSpan.FromSeconds(60), threshold, analyzer.HasPad) { IsMirrored = isMirrored };
        var session = new LivenessSession(rules, plan, earlier);
        for (var number = 0; ; number++)
        {
            var at = TimeSpan.FromSeconds(number / framesPerSecond);
            var wanted =
                (session.WantsLiveScore(at) ? LivenessLook.Pad : LivenessLook.Plain)
                    | (session.WantsView ? LivenessLook.View : LivenessLook.Plain);
            if (at >= rules.Duration || await see(at, session.Current, wanted) is not { } seen)
            {
                session.Tick(rules.Duration);
                return session;
            }
            var judged = session.Observe(at, new(seen.MeanGrey, seen.PixelDigest, seen.FaceCount, seen.Face is { } face
                ? new(
                    face.Box, face.Share, face.Geometry, face.Embedding, templates.Max(t => t.CosineSimilarity(face.Embedding)), face.View,
                    wanted.HasFlag(LivenessLook.Pad) ? face.LiveProbability : null)
                : null));
            if (judged.Outcome != LivenessOutcome.Running) return session;
        }
    }

    /// <summary>Frames in which a face does one action after the other, each from neutral to neutral, after a neutral beginning.</summary>
    /// <param name="pictures">Taken in turn, with their face's points; a single one is a photograph that a puppeteer moves.</param>
    public static IEnumerable<byte[]> Act(
        IReadOnlyList<(ImageCanvas Picture, FacePoints Points)> pictures, double framesPerSecond, IReadOnlyList<LivenessAction> actions,
        int grain = 3)
    {
        var number = 0;
        foreach (var act in Acts(framesPerSecond, actions))
        {
            var (picture, points) = pictures[number % pictures.Count];
            yield return FaceWarp.Grain(FaceWarp.Apply(picture, points, act), number++, grain).Encode(".jpg", 92);
        }
    }

    /// <param name="since">Seconds since the action began.</param>
    /// <returns>How far the face has gone; null when it is back at neutral.</returns>
    public static FaceAct? ActOf(LivenessAction action, double since)
    {
        if (since < 0 || since >= TimeOf(action)) return null;
        if (action == LivenessAction.MoveCloser)
            return new(
                Closer: (float)Math.Round(Math.Clamp(Math.Min(since, CloserIn + CloserHold + CloserIn - since) / CloserIn, 0, 1), 1));
        var phase = since % Cycle;
        // In quarters, so that the same frame comes again in other sequences.
        var amount = (float)Math.Clamp(Math.Round(4 * Math.Min(phase, Ramp + Hold + Ramp - phase) / Ramp) / 4, 0, 1);
        return action switch
        {
            LivenessAction.Blink => new(EyesShut: amount),
            LivenessAction.MouthOpen => new(MouthOpen: amount),
            LivenessAction.Nod => new(Nod: 1.5f * amount),
            LivenessAction.TurnLeft => new(Turn: 2.1f * amount),
            LivenessAction.TurnRight => new(Turn: -2.1f * amount),
            _ => throw new ArgumentOutOfRangeException(nameof(action)),
        };
    }

    /// <summary>What a face shows at each frame that does one action after the other, after a neutral beginning.</summary>
    public static IEnumerable<FaceAct> Acts(double framesPerSecond, IReadOnlyList<LivenessAction> actions)
    {
        var length = Prelude + actions.Sum(a => TimeOf(a) + Pause);
        for (var number = 0; number / framesPerSecond < length; number++)
        {
            var at = (number / framesPerSecond) - Prelude;
            var act = FaceAct.Neutral;
            foreach (var action in actions)
            {
                act = ActOf(action, at) ?? act;
                at -= TimeOf(action) + Pause;
            }
            yield return act;
        }
    }

    // A cycle ends at neutral, where a nod's dips begin and end.
    private const double Prelude = 1.6, Pause = 0.7, Ramp = 0.35, Hold = 0.65, Neutral = 0.2, Cycle = Ramp + Hold + Ramp + Neutral;

    private const double CloserIn = 1, CloserHold = 2;

    private static double TimeOf(LivenessAction action) => action switch
    {
        LivenessAction.Nod => 3 * Cycle,
        LivenessAction.MoveCloser => CloserIn + CloserHold + CloserIn + Neutral,
        _ => Cycle,
    };
}
