using System.Numerics;
using System.Numerics.Tensors;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>One face before one camera, from its coming to its leaving. For one thread at a time but for <see cref="Verdict"/>.</summary>
public sealed class Track
{
    /// <summary>Views that are kept; the worst gives way. Five of a second or two differ as much as any number would.</summary>
    public const int MostViews = 5;

    // A view more adds little where it was taken at once after the last.
    private static readonly TimeSpan LeastBetweenViews = TimeSpan.FromSeconds(0.3);

    // So many views come whatever their quality: one alone may be an unlucky one.
    private const int FirstViews = 3;

    // Of the best view's quality: worse ones tell nothing that the best does not tell better.
    private const float LeastOfBest = 0.7f;

    // Times the best view's quality.
    private const float NotablyBetter = 1.25f;

    // Whoever moves is looked at again from time to time, for nothing else would show a change of persons that came bit by bit.
    private static readonly TimeSpan LongestUnverified = TimeSpan.FromSeconds(3);

    // Details of one face in neighbouring frames correlate by more in 19 of 20 frames, those of two people never did (decision 52).
    internal const float LeastLikeness = 0.7f;

    // In sides of the box, from its middle: the face is half of what is looked at, and may stray by half of itself from where it is
    // expected.
    private const float SurroundingsReach = 1;

    // In face widths, from its middle: shoulders are three wide, arms may swing.
    private const float BodyReach = 2;

    private readonly List<(Embedding Embedding, float Quality)> _views = [];
    private Vector2 _velocity;
    private FacePatch _patch;
    private TimeSpan _viewedAt;

    // Within it the first views come, where the face moves at all.
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(1);

    private readonly bool _isWatched;

    /// <param name="isWatched">Whether the camera's frames follow one another closely, so that more views will come.</param>
    internal Track(int number, SeenFace seen, TimeSpan at, bool isWatched = false)
    {
        _isWatched = isWatched;
        (Number, Face, Since, SeenAt, FoundAt, _patch) = (number, seen.Face, at, at, at, seen.Patch);
        AddView(seen.Embedding!, seen.Quality, at);
    }

    /// <summary>Of its camera.</summary>
    public int Number { get; }

    /// <summary>As it was found last, in pixels of the original.</summary>
    public DetectedFace Face { get; private set; }

    public TimeSpan Since { get; }

    /// <summary>When it was last there: found, or unchanged since.</summary>
    public TimeSpan SeenAt { get; private set; }

    /// <summary>Looked for since, and not found.</summary>
    public bool IsMissed { get; private set; }

    /// <summary>Views that were embedded, also those that gave way: whoever decides anew when it changes decides on the newest.</summary>
    public int Version { get; private set; }

    /// <summary>The mean of the views by their quality; of a single view its own embedding.</summary>
    public Embedding Mean { get; private set; } = null!;

    /// <summary>Views behind <see cref="Mean"/>.</summary>
    public int ViewCount => _views.Count;

    /// <summary>What was decided of it.</summary>
    public TrackVerdict Verdict { get; } = new();

    private TimeSpan FoundAt { get; set; }

    /// <summary>Whether more views of it are about to come, so that who is in doubt need not decide yet.</summary>
    public bool IsSettlingAt(TimeSpan at) => _isWatched && Version < FirstViews && at - Since < LongestSettling;

    /// <summary>Where the face should be now: it moves on as it did, and no further than for half a second.</summary>
    public FaceBox Expect(TimeSpan at)
    {
        var seconds = (float)Math.Clamp((at - FoundAt).TotalSeconds, 0, 0.5);
        return Face.Box.Move(_velocity * seconds);
    }

    /// <summary>Where its face is looked for: further in every direction than a face moves between two frames.</summary>
    public FaceBox SurroundingsAt(TimeSpan at)
    {
        var box = Expect(at);
        var reach = Math.Max(box.Width, box.Height) * SurroundingsReach;
        return new(box.Center.X - reach, box.Center.Y - reach, box.Center.X + reach, box.Center.Y + reach);
    }

    /// <summary>What moves with it: the body below the face, and what the body uncovers of the room behind. Changes there are its
    /// own.</summary>
    public FaceBox BodyAt(TimeSpan at)
    {
        var (box, surroundings) = (Expect(at), SurroundingsAt(at));
        var reach = box.Width * BodyReach;
        return new(
            Math.Min(surroundings.Left, box.Center.X - reach), surroundings.Top, Math.Max(surroundings.Right, box.Center.X + reach),
            float.MaxValue);
    }

    /// <summary>Whether a face may be the one that was here in the last frame.</summary>
    public bool IsLike(FacePatch patch) => LikenessOf(patch) >= LeastLikeness;

    /// <summary>Whether a face found in this track's place must be embedded.</summary>
    public bool WantsView(FacePatch patch, float quality, TimeSpan at)
    {
        if (!IsLike(patch)) return true;
        var since = at - _viewedAt;
        if (since >= LongestUnverified) return true;
        if (since < LeastBetweenViews) return false;
        var best = _views.Max(v => v.Quality);
        return quality >= best * NotablyBetter || (Version < FirstViews && quality >= best * LeastOfBest);
    }

    /// <returns>How much the face as it was seen last looks like that one, in [−1, 1].</returns>
    internal float LikenessOf(FacePatch patch) => _patch.DetailCorrelationWith(patch);

    internal bool IsAbsent(TimeSpan at, TimeSpan longest) => IsMissed && at - SeenAt >= longest;

    /// <summary>It is where it was.</summary>
    internal void Hold(TimeSpan at)
    {
        SeenAt = at;
        (FoundAt, _velocity) = (at, default);
    }

    internal void Follow(SeenFace seen, TimeSpan at)
    {
        var seconds = (float)(at - FoundAt).TotalSeconds;
        var moved = seen.Face.Box.Center - Face.Box.Center;
        _velocity = seconds is > 0 and <= 1 && !IsMissed ? (_velocity + (moved / seconds)) / 2 : default;
        (Face, SeenAt, FoundAt, IsMissed, _patch) = (seen.Face, at, at, false, seen.Patch);
        if (seen.Embedding is { } embedding) AddView(embedding, seen.Quality, at);
    }

    internal void Miss() => IsMissed = true;

    private void AddView(Embedding embedding, float quality, TimeSpan at)
    {
        _viewedAt = at;
        Version++;
        _views.Add((embedding, quality));
        if (_views.Count > MostViews) _views.Remove(_views.MinBy(v => v.Quality));
        Mean = MeanOf(_views);
    }

    private static Embedding MeanOf(List<(Embedding Embedding, float Quality)> views)
    {
        if (views is [var only]) return only.Embedding;
        Span<float> sum = new float[views[0].Embedding.Dimension];
        foreach (var (embedding, quality) in views) TensorPrimitives.MultiplyAdd(embedding.Values, Math.Max(quality, 1e-3f), sum, sum);
        return Embedding.FromRaw(sum, views[0].Embedding.Contract);
    }
}
