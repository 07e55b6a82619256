using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>What was decided of a track, and whether it was told. Thread-safe.</summary>
public sealed class TrackVerdict
{
    private readonly Lock _lock = new();
    private (int Version, long Gallery)? _of;
    private Identification _who;
    private (StudentId Student, object How, DateTimeOffset Until)? _told;

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

    /// <summary>The student's sighting was told, so that nothing new comes of telling it again for a while.</summary>
    /// <param name="how">Whatever else the sighting says.</param>
    public void Told(StudentId student, object how, DateTimeOffset until)
    {
        lock (_lock) _told = (student, how, until);
    }

    /// <returns>For how long nothing new comes of telling of that student; null where something may.</returns>
    public TimeSpan? LeftOf(StudentId student, object how, DateTimeOffset now)
    {
        lock (_lock)
            return _told is { } told && told.Student == student && told.How.Equals(how) && told.Until > now ? told.Until - now : null;
    }
}
