namespace FaceAttendance.Domain.Liveness;

/// <summary>Tells new pictures from repeated ones. A camera that is slower than its client repeats each picture a few times, which is
/// harmless.</summary>
/// <param name="earlier">What earlier sessions were shown.</param>
internal sealed class PictureHistory(IReadOnlyList<SeenPicture> earlier)
{
    // At 25 new pictures a second, most of a session; the oldest are forgotten first.
    private const int Kept = 1_000;

    private readonly List<(TimeSpan At, SeenPicture Picture)> _pictures = [];
    private readonly HashSet<int> _seen = [];

    /// <summary>For how long no new picture has come.</summary>
    public TimeSpan Still { get; private set; }

    /// <summary>Pictures that came back long after others had been shown.</summary>
    public int Returns { get; private set; }

    /// <summary>How many of the earlier sessions' pictures were shown again.</summary>
    public int Seen => _seen.Count;

    /// <summary>At most <see cref="LivenessRules.Remembered"/> of the pictures, spread over the time.</summary>
    public IReadOnlyList<SeenPicture> Sample
    {
        get
        {
            var count = Math.Min(_pictures.Count, LivenessRules.Remembered);
            return [.. Enumerable.Range(0, count).Select(i => _pictures[(int)((long)i * _pictures.Count / count)].Picture)];
        }
    }

    /// <returns>Whether the picture is a new one.</returns>
    public bool Add(TimeSpan at, SeenPicture picture)
    {
        for (var i = _pictures.Count - 1; i >= 0; i--)
        {
            if (!IsSame(_pictures[i].Picture, picture, LivenessRules.SamePicture)) continue;
            Still = at - _pictures[^1].At;
            if (i < _pictures.Count - 1 && at - _pictures[i].At >= LivenessRules.ReturnAge) Returns++;
            return false;
        }
        if (_pictures.Count == Kept) _pictures.RemoveAt(0);
        _pictures.Add((at, picture));
        Still = TimeSpan.Zero;
        Recognize(earlier, picture, _seen);
        return true;
    }

    /// <returns>How many of those pictures were shown here, too.</returns>
    public int CountOf(IReadOnlyList<SeenPicture> others)
    {
        var seen = new HashSet<int>();
        foreach (var (_, picture) in _pictures) Recognize(others, picture, seen);
        return seen.Count;
    }

    /// <summary>One picture stands for one other at most, so that a face that holds still cannot count many times.</summary>
    private static void Recognize(IReadOnlyList<SeenPicture> others, SeenPicture picture, HashSet<int> seen)
    {
        for (var i = 0; i < others.Count; i++)
        {
            if (IsSame(others[i], picture, LivenessRules.SeenPicture) && seen.Add(i)) return;
        }
    }

    private static bool IsSame(SeenPicture a, SeenPicture b, float least) =>
        a.Digest == b.Digest || a.Embedding.CosineSimilarity(b.Embedding) >= least;
}
