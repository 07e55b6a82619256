namespace FaceAttendance.Domain.Presence;

/// <summary>Where somebody is, as far as the fix can tell.</summary>
public enum PresenceVerdict
{
    /// <summary>The fix and all of its 68 % circle lie in the fence.</summary>
    Inside,

    /// <summary>None of the 68 % circle lies in the fence.</summary>
    Outside,

    /// <summary>The circle crosses the fence's edge.</summary>
    Uncertain,
}

/// <summary>How much of a fix must lie in the fence for it to count as presence.</summary>
public enum FenceRule
{
    /// <summary>Some of its 68 % circle: an honest student at the fence is never refused for the receiver's error.</summary>
    CircleTouches,

    /// <summary>Its centre: the likelier half.</summary>
    CentreInside,

    /// <summary>All of its 68 % circle.</summary>
    CircleInside,
}

/// <summary>Decides on a distance and an accuracy. Pure.</summary>
/// <param name="MaxAccuracyMeters">A fix that knows its place no better than this does not count, wherever it is.</param>
public sealed record FencePolicy(FenceRule Rule, double MaxAccuracyMeters)
{
    public static readonly FencePolicy Default = new(FenceRule.CircleTouches, 50);

    /// <param name="distanceMeters">To the fence's edge; 0 on it, negative inside.</param>
    /// <param name="accuracyMeters">Radius of the circle that holds the true position with 68 %; 0 for a position taken as exact.</param>
    public static PresenceVerdict Classify(double distanceMeters, double accuracyMeters)
    {
        if (double.IsNaN(distanceMeters)) throw new ArgumentOutOfRangeException(nameof(distanceMeters), "A distance is a number.");
        if (!(accuracyMeters >= 0)) throw new ArgumentOutOfRangeException(nameof(accuracyMeters), "An accuracy is 0 or more metres.");
        // The edge belongs to the fence, so both comparisons include it.
        if (distanceMeters + accuracyMeters <= 0) return PresenceVerdict.Inside;
        return distanceMeters - accuracyMeters <= 0 ? PresenceVerdict.Uncertain : PresenceVerdict.Outside;
    }

    /// <summary>Whether the fix is good enough to be judged at all.</summary>
    public bool IsAccurate(double accuracyMeters) => accuracyMeters <= MaxAccuracyMeters;

    /// <summary>Whether the fix lies as deep in the fence as <see cref="Rule"/> asks.</summary>
    public bool IsPresent(double distanceMeters, double accuracyMeters) => Classify(distanceMeters, accuracyMeters) switch
    {
        PresenceVerdict.Inside => true,
        PresenceVerdict.Outside => false,
        PresenceVerdict.Uncertain => Rule switch
        {
            FenceRule.CircleTouches => true,
            FenceRule.CentreInside => distanceMeters <= 0,
            FenceRule.CircleInside => false,
        },
    };
}
