using FaceAttendance.Domain;

namespace FaceAttendance.Application.Recognition;

/// <summary>What goes through a whole gallery goes one at a time: two would leave a machine of two cores nothing for its cameras.</summary>
internal static class GalleryTurn
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <returns><see cref="RecognitionErrors.Busy"/> while another is at it.</returns>
    public static async Task<Result<T>> TakeAsync<T>(Func<T> work, CancellationToken ct)
    {
        if (!await Turn.WaitAsync(TimeSpan.Zero, ct)) return RecognitionErrors.Busy(RetryAfter);
        try
        {
            return await Task.Run(work, ct);
        }
        finally
        {
            Turn.Release();
        }
    }
}
