namespace FaceAttendance.Domain.Presence;

/// <summary>Where somebody is, as far as the fix can tell.</summary>
public enum PresenceVerdict
{
    /// <summary>The fix and all of its 68 % circle lie in the fence.</summary>
    Inside,

    /// <summary>None of the 68 % circle lies in the fence, or the fix itself lies farther out than the fence is large.</summary>
    Outside,

    /// <summary>The circle crosses the fence's edge.</summary>
    Uncertain,
}

/// <summary>How much of a fix must lie in the fence for it to count as presence.</summary>
public enum FenceRule
{
    /// <summary>Some of its 68 % circle, and a person looks at those of which not all does: the accuracy is the device's own
    /// word.</summary>
    ReviewUncertain,

    /// <summary>Some of its 68 % circle, without a look: an honest student at the fence is never refused for the receiver's
    /// error.</summary>
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
    public static readonly FencePolicy Default = new(FenceRule.ReviewUncertain, 50);

    /// <param name="distanceMeters">To the fence's edge; 0 on it, negative inside.</param>
    /// <param name="accuracyMeters">Radius of the circle that holds the true position with 68 %; 0 for a position taken as exact.</param>
    /// <param name="fenceSizeMeters">
    /// The fence's own radius, or that of a circle of its area. No circle widens the fence by more: whoever claims a poor accuracy must not
    /// be let in from farther away than across the whole ground.
    /// </param>
    public static PresenceVerdict Classify(double distanceMeters, double accuracyMeters, double fenceSizeMeters)
    {
        if (double.IsNaN(distanceMeters)) throw new ArgumentOutOfRangeException(nameof(distanceMeters), "A distance is a number.");
        if (!(fenceSizeMeters >= 0)) throw new ArgumentOutOfRangeException(nameof(fenceSizeMeters), "A size is 0 or more metres.");
        if (!(accuracyMeters >= 0)) throw new ArgumentOutOfRangeException(nameof(accuracyMeters), "An accuracy is 0 or more metres.");
        // The edge belongs to the fence, so both comparisons include it.
        if (distanceMeters + accuracyMeters <= 0) return PresenceVerdict.Inside;
        return distanceMeters - Math.Min(accuracyMeters, fenceSizeMeters) <= 0 ? PresenceVerdict.Uncertain : PresenceVerdict.Outside;
    }

    /// <summary>Whether the fix is good enough to be judged at all.</summary>
    public bool IsAccurate(double accuracyMeters) => accuracyMeters <= MaxAccuracyMeters;
}
