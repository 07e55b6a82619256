namespace FaceAttendance.Domain.Liveness;

/// <summary>A face that is asked to come closer: how much it has grown, and whether it has depth, against views of itself from afar that
/// were seen since.</summary>
internal sealed class Approach
{
    /// <summary>Growth that counts as close: from arm's length, 45 to 60 cm, to 30 or 40.</summary>
    private const float Closeness = 0.5f;

    // Views from afar; beside the latest, those that the head's small turns tell apart.
    private const int MostViews = 4;

    // A view from afar is within this factor of the smallest.
    private const float Afar = 1.1f;

    // Two views are compared when the head points the same way, in degrees: what a turn uncovers looks like depth.
    private const float MostTurn = 5;
    private const float MostNod = 10;

    // Live faces in the clips, a few seconds apart, are at 0.93 or more where the head points the same way; views cut off by the frame fall
    // below 0.9.
    private const float LeastLikeness = 0.93f;

    // Close views that a verdict rests on, at least; with as many as are wanted the person may go back.
    private const int LeastViews = 2;
    private const int WantedViews = 3;

    /// <summary>
    /// Relief by growth. Straight heads show 0.09 to 0.17, one that is turned by 22° 0.05 to 0.1, a sheet of paper held at any angle up to
    /// 0.015, a photograph whose head is moved by a puppeteer up to 0.05 (docs/decisions/0024).
    /// </summary>
    public const float LeastRelief = 0.06f;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2);

    private readonly List<(FaceView View, HeadPose Pose)> _far = [];
    private readonly List<float> _reliefs = [];
    private TimeSpan? _seenAt;
    private float _size = float.PositiveInfinity;

    /// <summary>Whether enough was seen of the close face.</summary>
    public bool HasSeenEnough => _reliefs.Count >= WantedViews;

    /// <summary>Whether what came closer has depth; null when too little was seen to say.</summary>
    public bool? HasDepth => _reliefs.Count < LeastViews ? null : _reliefs.Order().ElementAt((_reliefs.Count - 1) / 2) >= LeastRelief;

    /// <summary>The question is asked: what was seen before does not count.</summary>
    public void Begin()
    {
        _far.Clear();
        Forget();
        _size = float.PositiveInfinity;
    }

    /// <summary>The close views so far do not count; those from afar do.</summary>
    public void Forget() => _reliefs.Clear();

    /// <param name="isStraight">Whether the head points as the neutral one does, so that its size is its distance.</param>
    /// <returns>How close the face is: 0 afar, 1 close.</returns>
    public float Follow(TimeSpan at, FaceView view, in HeadPose pose, bool isStraight)
    {
        if (isStraight) _size = Math.Min(_size, view.EyeDistance);
        var growth = view.EyeDistance / _size;
        var isDue = _seenAt is not { } before || at - before >= Interval;
        if (growth <= Afar && isStraight && isDue) Remember(at, view, pose);
        if (growth >= 1 + Closeness && isDue) Compare(at, view, pose, growth);
        return float.IsFinite(growth) ? (growth - 1) / Closeness : 0;
    }

    private void Remember(TimeSpan at, FaceView view, in HeadPose pose)
    {
        _seenAt = at;
        _far.RemoveAll(seen => seen.View.EyeDistance > _size * Afar);
        if (_far.Count == MostViews) _far.RemoveAt(0);
        _far.Add((view, pose));
    }

    private void Compare(TimeSpan at, FaceView view, HeadPose pose, float growth)
    {
        _seenAt = at;
        var alike = _far
            .Where(seen => Math.Abs(seen.Pose.YawDegrees - pose.YawDegrees) <= MostTurn
                && Math.Abs(seen.Pose.PitchDegrees - pose.PitchDegrees) <= MostNod)
            .OrderBy(seen => Math.Abs(seen.Pose.YawDegrees - pose.YawDegrees));
        foreach (var (far, _) in alike.Take(1))
        {
            var (relief, likeness) = FaceRelief.Between(far, view);
            if (likeness >= LeastLikeness) _reliefs.Add(relief / (growth - 1));
        }
    }
}
