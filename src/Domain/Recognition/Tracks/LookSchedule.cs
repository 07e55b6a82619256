namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>What of a frame is looked through.</summary>
public enum LookExtent
{
    /// <summary>Nothing: it shows what the last one showed.</summary>
    Nothing,

    /// <summary>The surroundings of the faces that moved, and the place where something else changed.</summary>
    Parts,

    /// <summary>The whole picture.</summary>
    Whole,
}

/// <param name="Moved">The tracks whose surroundings changed, those that are missed among them: there they are looked for, unless the
/// whole picture is looked through.</param>
/// <param name="Windows">Squares in pixels of the original that hold the surroundings of those tracks; where several are about one place,
/// one serves them.</param>
/// <param name="Newcomers">Where something changed that is nobody known, in pixels of the original; null where nothing did, or nothing is
/// looked for there now.</param>
/// <param name="IsOfAnotherScene">Nothing in the picture is where it was, so that no face is known by its place.</param>
public readonly record struct Look(
    LookExtent Extent, IReadOnlyList<Track> Moved, IReadOnlyList<FaceBox> Windows, FaceBox? Newcomers = null,
    bool IsOfAnotherScene = false);

/// <summary>
/// Decides what of each frame of a camera is looked through, by where it differs from what was seen before. For one thread at a time.
/// </summary>
public sealed class LookSchedule
{
    // Where nothing changes: a face that was overlooked stays so for no longer.
    private static readonly TimeSpan LongestStill = TimeSpan.FromSeconds(15);

    // Where something does: somebody may have come where the changes were put down to those who were there.
    private static readonly TimeSpan LongestMoving = TimeSpan.FromSeconds(3);

    // Between two frames further apart, a face may be anywhere.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(0.4);

    // Whatever moves without being a face is looked at again after a while that doubles, up to this.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(1);

    // So many windows cost more than the whole picture.
    private const int MostWindows = 5;

    private TimeSpan? _wholeAt;
    private TimeSpan _newcomersAt;
    private TimeSpan _lastAt;
    private TimeSpan _patience;
    private bool _isForNewcomers;

    /// <param name="change">Since what was looked at last; null where nothing can be compared.</param>
    public Look For(PictureChange? change, IReadOnlyList<Track> tracks, TimeSpan at)
    {
        var gap = at - _lastAt;
        (_lastAt, _isForNewcomers) = (at, false);
        if (change is null or { IsCut: true } || _wholeAt is not { } wholeAt) return Whole() with { IsOfAnotherScene = true };
        if (change.Count == 0)
        {
            _patience = default;
            return at - wholeAt >= LongestStill ? Whole() : new(LookExtent.Nothing, [], []);
        }
        if (gap > LongestGap || at - wholeAt >= LongestMoving) return Whole();

        var here = new List<Track>(tracks.Count);
        var (known, windows) = (new List<FaceBox>(tracks.Count), new List<FaceBox>(tracks.Count));
        foreach (var track in tracks)
        {
            known.Add(track.BodyAt(at));
            var surroundings = track.SurroundingsAt(at);
            if (!change.IsWithin(surroundings)) continue;
            here.Add(track);
            if (!windows.Exists(w => Serves(w, surroundings, track.Expect(at)))) windows.Add(surroundings);
        }
        if (windows.Count > MostWindows) return Whole();
        var newcomers = at - _newcomersAt >= _patience ? change.Outside(known) : null;
        _isForNewcomers = newcomers is not null;
        return new(here.Count > 0 || _isForNewcomers ? LookExtent.Parts : LookExtent.Nothing, here, windows, newcomers);
    }

    /// <summary>A frame was looked at.</summary>
    /// <param name="isWhole">The whole picture, whatever was planned.</param>
    /// <param name="cameAny">Whether a face was there that no track had.</param>
    public void Saw(bool isWhole, bool cameAny, TimeSpan at)
    {
        if (isWhole) _wholeAt = at;
        if (!isWhole && !_isForNewcomers) return;
        _newcomersAt = at;
        if (cameAny) _patience = default;
        else if (_isForNewcomers) _patience = TimeSpan.FromTicks(Math.Clamp(_patience.Ticks * 2, FirstPatience.Ticks, MostPatience.Ticks));
    }

    public void Clear() => (_wholeAt, _newcomersAt, _lastAt, _patience) = (null, default, default, default);

    private static Look Whole() => new(LookExtent.Whole, [], []);

    /// <summary>Whether a window shows a track's face whole, with something around it, and about as large as its own would.</summary>
    private static bool Serves(in FaceBox window, in FaceBox own, in FaceBox face)
    {
        const float Least = 0.75f, Around = 0.25f;
        var (across, down) = (face.Width * Around, face.Height * Around);
        return own.Width >= window.Width * Least && own.Width * Least <= window.Width
            && face.Left - across >= window.Left && face.Right + across <= window.Right
            && face.Top - down >= window.Top && face.Bottom + down <= window.Bottom;
    }
}
