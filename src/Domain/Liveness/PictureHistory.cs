using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Liveness;

/// <summary>Tells new pictures from repeated ones. A camera that is slower than its client repeats each picture a few times, which is harmless.</summary>
internal sealed class PictureHistory
{
    // At 25 new pictures a second, most of a session; the oldest are forgotten first.
    private const int Kept = 1_000;

    private readonly List<(TimeSpan At, ulong Digest, Embedding Embedding)> _pictures = [];

    /// <summary>For how long no new picture has come.</summary>
    public TimeSpan Still { get; private set; }

    /// <summary>Pictures that came back long after others had been shown.</summary>
    public int Returns { get; private set; }

    /// <returns>Whether the picture is a new one.</returns>
    public bool Add(TimeSpan at, ulong digest, Embedding embedding)
    {
        for (var i = _pictures.Count - 1; i >= 0; i--)
        {
            if (!IsSame(_pictures[i], digest, embedding)) continue;
            Still = at - _pictures[^1].At;
            if (i < _pictures.Count - 1 && at - _pictures[i].At >= LivenessRules.ReturnAge) Returns++;
            return false;
        }
        if (_pictures.Count == Kept) _pictures.RemoveAt(0);
        _pictures.Add((at, digest, embedding));
        Still = TimeSpan.Zero;
        return true;
    }

    private static bool IsSame((TimeSpan At, ulong Digest, Embedding Embedding) picture, ulong digest, Embedding embedding) =>
        picture.Digest == digest || picture.Embedding.CosineSimilarity(embedding) >= LivenessRules.SamePicture;
}
