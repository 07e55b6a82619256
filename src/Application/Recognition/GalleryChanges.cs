using System.Collections.Concurrent;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>How often each school's gallery changed since the server started: what was decided at one number may be otherwise at the next.
/// Thread-safe.</summary>
public sealed class GalleryChanges : IDisposable
{
    private readonly ConcurrentDictionary<SchoolId, long> _counts = new();
    private readonly IGallery _gallery;

    public GalleryChanges(IGallery gallery)
    {
        _gallery = gallery;
        gallery.Changed += Count;
    }

    public long Of(SchoolId school) => _counts.GetValueOrDefault(school);

    public void Dispose() => _gallery.Changed -= Count;

    private void Count(SchoolId school) => _counts.AddOrUpdate(school, 1, static (_, before) => before + 1);
}
