namespace FaceAttendance.Infrastructure.Events;

/// <summary>When a failed delivery is tried again.</summary>
internal static class RetrySchedule
{
    /// <summary>Over a day in all, as Standard Webhooks 1.0.0 proposes ("Retry schedule"): eight attempts, the first included.</summary>
    public static readonly IReadOnlyList<TimeSpan> Standard =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];

    // Events that failed together must not come back together.
    private const double Jitter = 0.2;

    // A receiver that names a longer time gets its next attempt after a day all the same.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="retryAfter">What the receiver asked for, if it did; never shortens the pause.</param>
    /// <param name="random">In [0, 1).</param>
    /// <returns>The pause before the next attempt, or null when there is none.</returns>
    public static TimeSpan? PauseAfter(int attempt, IReadOnlyList<TimeSpan> pauses, TimeSpan? retryAfter, double random)
    {
        if (attempt > pauses.Count) return null;
        var pause = pauses[attempt - 1] * (1 - Jitter + (2 * Jitter * random));
        return Bounded(retryAfter) is { } asked && asked > pause ? asked : pause;
    }

    public static TimeSpan? Bounded(TimeSpan? retryAfter) => retryAfter > LongestRetryAfter ? LongestRetryAfter : retryAfter;
}
