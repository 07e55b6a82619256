using System.Runtime.CompilerServices;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Inference;

namespace FaceAttendance.TestKit;

/// <summary>Plays encoded frames into the real models and the session's rules, at any rate, without waiting.</summary>
/// <param name="threshold">The verification threshold.</param>
public sealed class LivenessPlayer(ILivenessAnalyzer analyzer, float threshold)
{
    private readonly ConditionalWeakTable<byte[], LivenessFrame> _seen = [];

    public async Task<LivenessFrame> AnalyzeAsync(byte[] frame)
    {
        if (_seen.TryGetValue(frame, out var known)) return known;
        var analyzed = (await analyzer.AnalyzeLivenessAsync(frame, withPad: true, CancellationToken.None)).Value;
        _seen.AddOrUpdate(frame, analyzed);
        return analyzed;
    }

    /// <returns>The verdict; when the frames do not suffice for one, time goes on until it is up.</returns>
    public async Task<LivenessJudgement> PlayAsync(
        IEnumerable<byte[]> frames, double framesPerSecond, IReadOnlyList<LivenessAction> asked, IReadOnlyList<Embedding> templates,
        Action<TimeSpan, LivenessJudgement>? watch = null)
    {
        var rules = new LivenessRules(TimeSpan.FromSeconds(60), threshold, analyzer.HasPad);
        var session = new LivenessSession(rules, asked);
        var number = 0;
        foreach (var frame in frames)
        {
            var at = TimeSpan.FromSeconds(number++ / framesPerSecond);
            var seen = await AnalyzeAsync(frame);
            var wanted = session.WantsLiveScore(at);
            var judged = session.Observe(at, new(seen.MeanGrey, seen.PixelDigest, seen.FaceCount, seen.Face is { } face
                ? new(face.Box, face.Geometry, face.Embedding, templates.Max(t => t.CosineSimilarity(face.Embedding)), wanted ? face.LiveProbability : null)
                : null));
            watch?.Invoke(at, judged);
            if (judged.Outcome != LivenessOutcome.Running) return judged;
        }
        return session.Tick(rules.Duration);
    }

    /// <summary>Frames in which a face does one action after the other, each from neutral to neutral, after a neutral beginning.</summary>
    /// <param name="pictures">Taken in turn, with their face's points; a single one is a photograph that a puppeteer moves.</param>
    public static IEnumerable<byte[]> Act(
        IReadOnlyList<(ImageCanvas Picture, FacePoints Points)> pictures, double framesPerSecond, IReadOnlyList<LivenessAction> actions, int grain = 3)
    {
        var length = ActingTime(actions);
        for (var number = 0; number / framesPerSecond < length; number++)
        {
            var (picture, points) = pictures[number % pictures.Count];
            yield return FaceWarp.Grain(FaceWarp.Apply(picture, points, ActAt(actions, number / framesPerSecond)), number, grain).Encode(".jpg", 92);
        }
    }

    private const double Prelude = 1.6, Pause = 0.9, Ramp = 0.35, Hold = 0.65;

    private static double TimeOf(LivenessAction action) => action == LivenessAction.Nod ? 3 * (Ramp + Hold + Ramp) : Ramp + Hold + Ramp;

    private static double ActingTime(IReadOnlyList<LivenessAction> actions) => Prelude + actions.Sum(a => TimeOf(a) + Pause);

    private static FaceAct ActAt(IReadOnlyList<LivenessAction> actions, double at)
    {
        at -= Prelude;
        foreach (var action in actions)
        {
            if (at >= 0 && at < TimeOf(action))
            {
                var phase = at % (Ramp + Hold + Ramp);
                var amount = (float)Math.Clamp(Math.Min(phase, Ramp + Hold + Ramp - phase) / Ramp, 0, 1);
                return action switch
                {
                    LivenessAction.Blink => new(EyesShut: amount),
                    LivenessAction.MouthOpen => new(MouthOpen: amount),
                    LivenessAction.Nod => new(Nod: 1.25f * amount),
                    LivenessAction.TurnLeft => new(Turn: 2.1f * amount),
                    LivenessAction.TurnRight => new(Turn: -2.1f * amount),
                };
            }
            at -= TimeOf(action) + Pause;
        }
        return FaceAct.Neutral;
    }
}
