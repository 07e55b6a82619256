namespace FaceAttendance.Domain.Liveness;

/// <summary>Whether the face of a frame can be the one of the frame before: nothing jumps, neither place nor size, head or looks.</summary>
internal sealed class FaceTrack
{
    // In face widths: a face moves by half of one between two frames however close, and by one and a half more in a second.
    private const float LeastReach = 0.5f;
    private const float ReachPerSecond = 1.5f;

    // A face grows or shrinks by a third between frames, and doubles in a second.
    private const float LeastGrowth = 1.35f;
    private const float GrowthPerSecond = 0.65f;

    // Least similarity of the looks within a time. In the clips, a live face in neighbouring frames at 25 a second never falls below 0.91,
    // not even when it blinks; other photographs of the same person are at 0.5 to 0.8.
    private static readonly (TimeSpan Within, float Least)[] Looks =
        [(TimeSpan.FromSeconds(0.07), 0.8f), (TimeSpan.FromSeconds(0.15), 0.7f), (TimeSpan.FromSeconds(0.3), 0.6f)];

    private (TimeSpan At, ObservedFace Face)? _last;

    /// <summary>The next face begins a track of its own.</summary>
    public void Forget() => _last = null;

    /// <returns>False when the face cannot be the one before; it then begins a new track.</returns>
    public bool Continue(TimeSpan at, ObservedFace face)
    {
        var continues = _last is not { } last || IsSame(at - last.At, last.Face, face);
        _last = (at, face);
        return continues;
    }

    private static bool IsSame(TimeSpan elapsed, ObservedFace before, ObservedFace now)
    {
        var seconds = (float)elapsed.TotalSeconds;
        var size = Math.Max(before.Box.Width, now.Box.Width);
        var moved = MathF.Max(
            Math.Abs(before.Box.Left + before.Box.Right - now.Box.Left - now.Box.Right),
            Math.Abs(before.Box.Top + before.Box.Bottom - now.Box.Top - now.Box.Bottom)) / 2;
        if (!(moved <= size * (LeastReach + (ReachPerSecond * seconds)))) return false;
        var growth = size / Math.Min(before.Box.Width, now.Box.Width);
        if (!(growth <= LeastGrowth + (GrowthPerSecond * seconds))) return false;
        var turned = Math.Max(
            Math.Abs(before.Geometry.Pose.YawDegrees - now.Geometry.Pose.YawDegrees),
            Math.Abs(before.Geometry.Pose.PitchDegrees - now.Geometry.Pose.PitchDegrees));
        if (!(turned <= LivenessRules.FastestTurn * Math.Max(seconds, 1 / 30f))) return false;
        foreach (var (within, least) in Looks)
        {
            if (elapsed <= within) return before.Embedding.CosineSimilarity(now.Embedding) >= least;
        }
        return true;
    }
}
