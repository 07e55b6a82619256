namespace FaceAttendance.Domain.Access;

/// <summary>How long a name is locked after log-ins that failed in a row: not at all at first, then twice as long each time.</summary>
/// <param name="Failures">In a row, before the first lock.</param>
/// <param name="Longest">No lock is longer.</param>
public sealed record LockRule(int Failures, TimeSpan First, TimeSpan Longest)
{
    /// <param name="failures">In a row, the last one included.</param>
    public TimeSpan LockedFor(int failures)
    {
        if (failures < Failures) return TimeSpan.Zero;
        // Beyond 62 doublings a tick is longer than any span.
        var doublings = Math.Min(failures - Failures, 62);
        return First > Longest / (1L << doublings) ? Longest : First * (1L << doublings);
    }
}
