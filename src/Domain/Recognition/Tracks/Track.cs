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
    private const float NotablyBetter = 1.15f;

    // Whoever moves is looked at again from time to time, for nothing else would show a change of persons that came bit by bit.
    private static readonly TimeSpan LongestUnverified = TimeSpan.FromSeconds(3);

    // Two patches of one face in neighbouring frames correlate by more (docs/decisions/0052).
    private const float LeastCorrelation = 0.9f;

    private readonly List<(Embedding Embedding, float Quality)> _views = [];
    private Vector2 _velocity;
    private FacePatch _patch;
    private TimeSpan _viewedAt;

    internal Track(int number, SeenFace seen, TimeSpan at)
    {
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

    /// <summary>Where the face should be now: it moves on as it did, and no further than for half a second.</summary>
    public FaceBox Expect(TimeSpan at)
    {
        var seconds = (float)Math.Clamp((at - FoundAt).TotalSeconds, 0, 0.5);
        return Face.Box.Move(_velocity * seconds);
    }

    /// <summary>Whether a face found in this track's place must be embedded.</summary>
    public bool WantsView(FacePatch patch, float quality, TimeSpan at)
    {
        if (_patch.CorrelationWith(patch) < LeastCorrelation) return true;
        var since = at - _viewedAt;
        if (since >= LongestUnverified) return true;
        if (since < LeastBetweenViews) return false;
        var best = _views.Max(v => v.Quality);
        return quality >= best * NotablyBetter || (Version < FirstViews && quality >= best * LeastOfBest);
    }

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
