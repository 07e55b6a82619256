namespace FaceAttendance.Domain.Liveness;

/// <summary>A movement that went from neutral to its peak and back.</summary>
/// <param name="Departed">The last neutral frame before it.</param>
/// <param name="Peaked">The first frame at the peak.</param>
/// <param name="Height">The peak's height in amplitudes, at least 1.</param>
internal readonly record struct CompletedMovement(TimeSpan Departed, TimeSpan Peaked, TimeSpan Returned, float Height);

/// <summary>Follows one action's signal over time.</summary>
internal sealed class Movement(MovementRule rule)
{
    private TimeSpan? _neutral;
    private TimeSpan? _firstPeak;
    private TimeSpan _lastPeak;
    private float _height;

    /// <summary>Whether the signal has left neutral and not come back, as far as known.</summary>
    public bool IsAway { get; private set; }

    /// <summary>Whether a movement that began at a neutral frame has reached its peak and not ended.</summary>
    public bool IsPeaking => _firstPeak is not null;

    /// <summary>Forgets what is under way: the next movement must begin at a neutral frame that is still to come.</summary>
    public void Interrupt() => (_neutral, _firstPeak, IsAway) = (null, null, false);

    /// <param name="peak">The signal in amplitudes, as sure evidence for the action takes it; 1 is the peak.</param>
    /// <param name="rest">The signal in amplitudes, as sure evidence for neutral takes it.</param>
    /// <returns>A movement that ended with this frame and was plausible.</returns>
    public CompletedMovement? Follow(TimeSpan at, float peak, float rest)
    {
        if (rest <= MovementRule.Neutral)
        {
            var completed = Complete(at);
            (_neutral, _firstPeak, IsAway) = (at, null, false);
            return completed;
        }
        IsAway = true;
        if (peak >= 1 && _neutral is not null)
        {
            if (_firstPeak is null) (_firstPeak, _height) = (at, peak);
            (_lastPeak, _height) = (at, Math.Max(_height, peak));
        }
        return null;
    }

    private CompletedMovement? Complete(TimeSpan at)
    {
        if (_firstPeak is not { } first || _neutral is not { } departed) return null;
        var plausible = at - departed >= rule.LeastTime && at - departed <= rule.MostTime && _lastPeak - first <= rule.MostHold;
        return plausible ? new(departed, first, at, _height) : null;
    }
}
