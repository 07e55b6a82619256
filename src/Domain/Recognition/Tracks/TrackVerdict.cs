using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>What was decided of a track, and whether it was told. Thread-safe.</summary>
public sealed class TrackVerdict
{
    private readonly Lock _lock = new();
    private (int Version, long Gallery)? _of;
    private Identification _who;
    private bool _isTold;
    private StudentId? _told;

    /// <param name="gallery">Another number whenever the gallery may have changed.</param>
    /// <returns>What was decided of these views and this gallery; null where nobody asked yet.</returns>
    public Identification? Of(int version, long gallery)
    {
        lock (_lock) return _of == (version, gallery) ? _who : null;
    }

    public void Decide(int version, long gallery, in Identification who)
    {
        lock (_lock) (_of, _who) = ((version, gallery), who);
    }

    /// <returns>Whether nobody told of this track before that it is this student, or nobody's: whoever is told so tells.</returns>
    public bool Tell(StudentId? student)
    {
        lock (_lock)
        {
            if (_isTold && _told == student) return false;
            (_isTold, _told) = (true, student);
            return true;
        }
    }
}
