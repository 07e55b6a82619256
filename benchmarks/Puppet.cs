using System.Collections.Concurrent;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;

namespace FaceAttendance.Benchmarks;

/// <summary>A face that does what it is told, made of a picture by moving eyes, mouth and head in it. Each of its frames is analyzed once.
/// Thread-safe.</summary>
/// <param name="shape">What becomes of it as it comes closer.</param>
internal sealed class Puppet(ILivenessAnalyzer analyzer, (ImageCanvas Picture, FacePoints Points) photo, FaceShape shape)
{
    // From arm's length; then a face is 1.7 times as large.
    private const float Near = 32;

    private readonly ConcurrentDictionary<(int, FaceAct, bool), (LivenessFrame Frame, LivenessLook Look)> _seen = [];

    /// <param name="act">What the face does at that time.</param>
    /// <param name="isCopy">Of what was seen then: four fifths as large, and encoded anew.</param>
    public async Task<LivenessFrame?> SeeAsync(TimeSpan at, FaceAct act, LivenessLook look, bool isCopy = false)
    {
        var number = (int)Math.Round(at.TotalSeconds * 25);
        if (_seen.TryGetValue((number, act, isCopy), out var known) && known.Look.HasFlag(look)) return known.Frame;
        // Nobody holds quite still, and a camera has grain: each picture is a new one.
        var random = new Random(number);
        float Sway(double speed) => (0.25f * (float)Math.Sin(speed * at.TotalSeconds)) + (0.2f * (random.NextSingle() - 0.5f));
        var swaying = act with { Turn = act.Turn + Sway(0.9), Nod = act.Nod + Sway(0.7) };
        var acted = FaceWarp.Apply(photo.Picture, photo.Points, swaying);
        if (act.Closer > 0)
            acted = FaceWarp.Approach(acted, photo.Points, 1 / ((act.Closer / Near) + ((1 - act.Closer) / FaceWarp.Afar)), shape);
        var seen = FaceWarp.Grain(acted, number, 4);
        var encoded = isCopy ? Collage.Shrink(seen, Math.Max(seen.Width, seen.Height) * 4 / 5).Encode(".jpg", 85) : seen.Encode(".jpg", 92);
        var frame = (await analyzer.AnalyzeLivenessAsync(SchoolId.First, new("siswaA"), encoded, look, CancellationToken.None)).Value;
        _seen[(number, act, isCopy)] = (frame, look);
        return frame;
    }
}

/// <summary>Reads what it is told, takes a moment, and does it; when nothing comes of it, tries again.</summary>
/// <param name="isMirrored">It sits before a camera that shows its left as its right.</param>
internal sealed class Performer(Random random, bool isMirrored = false)
{
    // For each question.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12.5);

    private LivenessAction? _read;
    private TimeSpan _begins;

    /// <returns>Null when it has had enough.</returns>
    public FaceAct? Next(TimeSpan at, LivenessJudgement told)
    {
        if (at > Patience * told.Steps) return null;
        var asks = told.Hint is LivenessHint.Act or LivenessHint.Faster or LivenessHint.Return ? told.Challenge : null;
        var doing = _read is { } action
            && at >= _begins
                ? LivenessPlayer.ActOf(isMirrored ? LivenessActions.OtherSideOf(action) ?? action : action, (at - _begins).TotalSeconds)
                : null;
        if (doing is not null || (_read is not null && at < _begins)) return doing ?? FaceAct.Neutral;
        // Nothing under way: whoever sees a question, or the same one still after a while, gets going.
        if (asks is { } asked && (_read != asked || at - _begins > TimeSpan.FromSeconds(5)))
            (_read, _begins) = (asked, at + TimeSpan.FromSeconds(0.5 + (0.7 * random.NextDouble())));
        return FaceAct.Neutral;
    }
}
