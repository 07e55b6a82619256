namespace FaceAttendance.Domain.Liveness;

/// <summary>How often one of those who have a student try may do so. An attempt counts from its start, so that nobody draws again until the
/// questions suit them; one that passed is forgiven.</summary>
/// <param name="Attempts">Attempts that did not pass, within the window, at most.</param>
public readonly record struct AttemptRule(int Attempts, TimeSpan Window)
{
    /// <param name="counted">When those attempts began that did not pass or are under way; in any order.</param>
    /// <returns>How long no other may begin; zero when one may now.</returns>
    public TimeSpan LockedFor(IEnumerable<DateTimeOffset> counted, DateTimeOffset now)
    {
        var window = Window;
        var recent = counted.Where(began => began > now - window).OrderDescending().ToList();
        return recent.Count < Attempts ? TimeSpan.Zero : recent[Attempts - 1] + window - now;
    }
}
