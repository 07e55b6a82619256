namespace FaceAttendance.Domain.Liveness;

/// <summary>The person's own neutral face, measured in this session: medians, so that one odd frame moves nothing.</summary>
internal sealed class NeutralFace
{
    // Neutral frames remembered: a few seconds at 2 frames a second. It follows a person who shifts on the chair.
    private const int Kept = 15;

    // Beyond this angle a face is no neutral one, whoever's it is.
    private const float MostYaw = 30;

    // Eyes below this ratio, or above this logit, may be shut; a neutral face must be measured on open ones.
    private const float LeastEyeRatio = 0.15f;
    private const float MostEyesShut = -3;

    // The head holds still while it is measured.
    private const float MostSpread = 10;

    private readonly List<(TimeSpan At, FaceGeometry Geometry)> _frames = [];

    /// <summary>Null until enough was seen.</summary>
    public FaceGeometry? Median { get; private set; }

    /// <summary>A frame that may be neutral.</summary>
    public void Measure(TimeSpan at, in FaceGeometry geometry)
    {
        if (!LooksNeutral(geometry)) return;
        if (Median is null)
        {
            while (_frames.Count > 0 && !IsSteady(geometry)) _frames.RemoveAt(0);
        }
        if (_frames.Count == Kept) _frames.RemoveAt(0);
        _frames.Add((at, geometry));
        if (Median is not null || (_frames.Count >= LivenessRules.LeastNeutralFrames && at - _frames[0].At >= LivenessRules.NeutralSpan))
            Median = MedianOf();
    }

    private static bool LooksNeutral(in FaceGeometry g) =>
        Math.Abs(g.Pose.YawDegrees) <= MostYaw && Math.Min(g.LeftEyeRatio, g.RightEyeRatio) >= LeastEyeRatio
            && !(g.EyesShut > MostEyesShut);

    private bool IsSteady(FaceGeometry geometry) => _frames.TrueForAll(f =>
        Math.Abs(f.Geometry.Pose.YawDegrees - geometry.Pose.YawDegrees) <= MostSpread
        && Math.Abs(f.Geometry.Pose.PitchDegrees - geometry.Pose.PitchDegrees) <= MostSpread);

    private FaceGeometry MedianOf() => new(
        Of(g => g.LeftEyeRatio), Of(g => g.RightEyeRatio), Of(g => g.MouthRatio),
        _frames[0].Geometry.EyesShut is null ? null : Of(g => g.EyesShut!.Value),
        new(Of(g => g.Pose.YawDegrees), Of(g => g.Pose.PitchDegrees), Of(g => g.Pose.RollDegrees)));

    private float Of(Func<FaceGeometry, float> value)
    {
        var values = _frames.Select(f => value(f.Geometry)).Order().ToList();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }
}
