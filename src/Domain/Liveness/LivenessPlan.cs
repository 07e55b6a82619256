namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// What a session asks and when: drawn before it begins, by whoever can draw what nobody foresees, and revealed piece by piece.
/// </summary>
/// <param name="Asked">The actions in their order, at least one.</param>
/// <param name="Spares">Other actions: after a strike, the next of them is asked in place of the one at hand. Without any it is asked again.</param>
/// <param name="Rests">
/// How long the person looks straight before a question, from the second on and after each strike; none when there are no more. Whoever acts
/// in a rest knew no question, so that a recording has to guess when to act as well as what.
/// </param>
public sealed record LivenessPlan(IReadOnlyList<LivenessAction> Asked, IReadOnlyList<LivenessAction> Spares, IReadOnlyList<TimeSpan> Rests)
{
    /// <summary>The actions one right after the other.</summary>
    public LivenessPlan(params IReadOnlyList<LivenessAction> asked)
        : this(asked, [], [])
    {
    }
}
