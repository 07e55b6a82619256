namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>
/// The faces before one camera. A face continues the track in whose place it is found; where two are near one another, or time or frames
/// are missing, its embedding decides. For one thread at a time.
/// </summary>
/// <param name="sameFrom">Cosine similarity from which on two embeddings are one person's.</param>
public sealed class TrackSet(float sameFrom)
{
    /// <summary>More faces than any camera follows; the longest absent give way.</summary>
    public const int MostTracks = 64;

    // Whoever is not found for so long has left; a hand before the face, or a passer-by, is gone sooner.
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(1.5);

    // Between two frames so far apart, somebody else may have taken the place.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(1);

    // In face widths: a face moves by half of one between two frames however close, and by one and a half more in a second.
    private const float LeastReach = 0.5f;
    private const float ReachPerSecond = 1.5f;
    private const float MostReach = 3;

    // In face widths: nearer than this, two faces may be taken for one another.
    private const float Near = 1;

    // Between two faces who are near one another, their looks in the last frame decide, where they differ by so much.
    private const float ClearlyLiker = 0.2f;

    // By so much more than for a verification the embeddings of one must agree whose patches do not: few people are that alike, and whoever
    // turned or was hidden nearly always is; otherwise they begin anew, which costs nothing but a search.
    private const float UnlikeMargin = 0.15f;

    // Nobody comes nearer or leaves so quickly.
    private const float MostGrowth = 2;

    private readonly List<Track> _tracks = [];
    private int _number;
    private TimeSpan? _lastAt;

    public IReadOnlyList<Track> Tracks => _tracks;

    /// <summary>Number of the track that began last; 0 before the first.</summary>
    public int Newest => _number;

    /// <param name="patches">Of the faces.</param>
    /// <param name="isCut">Nothing in the picture is where it was.</param>
    /// <returns>A match for each face.</returns>
    public TrackMatch[] Match(IReadOnlyList<DetectedFace> faces, IReadOnlyList<FacePatch> patches, TimeSpan at, bool isCut)
    {
        var matches = new TrackMatch[faces.Count];
        var pairs = new List<(int Face, Track Track, float Distance)>();
        for (var f = 0; f < faces.Count; f++)
        {
            foreach (var track in _tracks)
            {
                if (DistanceInReach(faces[f], track, at) is { } distance) pairs.Add((f, track, distance));
            }
        }
        pairs.Sort((a, b) => a.Distance.CompareTo(b.Distance));
        var taken = new HashSet<Track>();
        foreach (var (f, track, _) in pairs)
        {
            if (matches[f].Track is not null || !taken.Add(track)) continue;
            var isAlone = true;
            foreach (var other in pairs)
            {
                if ((other.Face == f) == (other.Track == track) || other.Distance >= Near) continue;
                var likeness = track.LikenessOf(patches[f]);
                isAlone &= likeness >= Track.LeastLikeness
                    && other.Track.LikenessOf(patches[other.Face]) <= likeness - ClearlyLiker;
            }
            matches[f] = new(track, isAlone && !isCut && !track.IsMissed && at - track.SeenAt <= LongestGap);
        }
        return matches;
    }

    /// <summary>Brings the tracks up to a frame.</summary>
    /// <param name="faces">Those whose match is not certain have an embedding.</param>
    /// <param name="matches">As <see cref="Match"/> gave them for these faces.</param>
    /// <param name="wasLookedFor">Whether a track that no face continues would have been found, had it been there.</param>
    /// <returns>The track of each face.</returns>
    public Track[] Settle(IReadOnlyList<SeenFace> faces, IReadOnlyList<TrackMatch> matches, TimeSpan at, Func<Track, bool> wasLookedFor)
    {
        var isWatched = IsWatched(at);
        var settled = new Track?[faces.Count];
        var taken = new HashSet<Track>();
        for (var f = 0; f < faces.Count; f++)
        {
            if (faces[f].Embedding is null && matches[f] is not { IsCertain: true })
                throw new ArgumentException("A face whose track is not certain needs an embedding.", nameof(faces));
            if (faces[f].Embedding is null) Continue(f, matches[f].Track!);
        }

        // The most similar first: two who crossed are told apart by their looks, whoever stands where.
        var pairs = new List<(int Face, Track Track, float Similarity)>();
        for (var f = 0; f < faces.Count; f++)
        {
            if (faces[f].Embedding is not { } embedding) continue;
            foreach (var track in _tracks)
            {
                if (!taken.Contains(track) && DistanceInReach(faces[f].Face, track, at) is not null
                    && embedding.CosineSimilarity(track.Mean) is var similarity
                    && similarity >= sameFrom + (track.IsLike(faces[f].Patch) ? 0 : UnlikeMargin))
                    pairs.Add((f, track, similarity));
            }
        }
        foreach (var (f, track, _) in pairs.OrderByDescending(p => p.Similarity))
        {
            if (settled[f] is null && !taken.Contains(track)) Continue(f, track);
        }

        foreach (var track in _tracks)
        {
            if (!taken.Contains(track) && wasLookedFor(track)) track.Miss();
        }
        _tracks.RemoveAll(t => t.IsAbsent(at, LongestAbsence));
        for (var f = 0; f < faces.Count; f++) settled[f] ??= Begin(faces[f], at, isWatched);
        return settled!;

        void Continue(int f, Track track)
        {
            track.Follow(faces[f], at);
            taken.Add(track);
            settled[f] = track;
        }
    }

    /// <summary>Nothing changed where these tracks' faces are.</summary>
    public void Hold(Func<Track, bool> isUnchanged, TimeSpan at)
    {
        foreach (var track in _tracks)
        {
            if (!track.IsMissed && isUnchanged(track)) track.Hold(at);
        }
    }

    /// <summary>A frame that shows what the last one showed.</summary>
    public void HoldAll(TimeSpan at)
    {
        IsWatched(at);
        Hold(static _ => true, at);
    }

    public void Clear()
    {
        _tracks.Clear();
        _lastAt = null;
    }

    /// <summary>Whether the frame before this one was of a moment ago. Takes this one for the next's.</summary>
    private bool IsWatched(TimeSpan at)
    {
        var isWatched = _lastAt is { } last && at - last <= LongestGap;
        _lastAt = at;
        return isWatched;
    }

    private Track Begin(SeenFace face, TimeSpan at, bool isWatched)
    {
        var track = new Track(++_number, face, at, isWatched);
        if (_tracks.Count >= MostTracks) _tracks.Remove(_tracks.MinBy(t => t.SeenAt)!);
        _tracks.Add(track);
        return track;
    }

    /// <returns>Between the middles in widths of the larger face; null where the track's face cannot be there.</returns>
    private static float? DistanceInReach(in DetectedFace face, Track track, TimeSpan at)
    {
        var expected = track.Expect(at);
        float larger = Math.Max(expected.Width, face.Box.Width), smaller = Math.Min(expected.Width, face.Box.Width);
        if (!(larger <= smaller * MostGrowth)) return null;
        var distance = (face.Box.Center - expected.Center).Length() / larger;
        var reach = LeastReach + (ReachPerSecond * (float)(at - track.SeenAt).TotalSeconds);
        return distance <= Math.Min(reach, MostReach) ? distance : null;
    }
}
