using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>What goes through a whole gallery goes one at a time: two would leave a machine of two cores nothing for its cameras.</summary>
internal static class GalleryTurn
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <returns><see cref="RecognitionErrors.Busy"/> while another is at it.</returns>
    public static async Task<Result<T>> TakeAsync<T>(
        IGallery gallery, SchoolId school, Func<ISchoolGallery, T> work, CancellationToken ct)
    {
        if (!await Turn.WaitAsync(TimeSpan.Zero, ct)) return RecognitionErrors.Busy(RetryAfter);
        try
        {
            var opened = await gallery.OpenAsync(school, ct);
            if (opened.Error is { } error) return error;
            return await Task.Run(() => work(opened.Value), ct);
        }
        finally
        {
            Turn.Release();
        }
    }
}
