namespace FaceAttendance.Domain.Liveness;

/// <summary>What a person may be asked to do. Left and right are the person's own.</summary>
public enum LivenessAction
{
    Blink,
    MouthOpen,
    Nod,
    TurnLeft,
    TurnRight,

    /// <summary>From arm's length to near, and back: a head then shows its depth.</summary>
    MoveCloser,
}

/// <summary>The actions as clients and configuration spell them.</summary>
public static class LivenessActions
{
    public static IReadOnlyList<LivenessAction> All { get; } = Enum.GetValues<LivenessAction>();

    /// <summary>Those that every client can show; the others are for clients that say so, or where the school knows its clients.</summary>
    public static IReadOnlyList<LivenessAction> Common { get; } = [.. All.Where(a => a != LivenessAction.MoveCloser)];

    /// <summary>Whether the face itself changes, as a paper mask's cannot: the others are movements of the whole head.</summary>
    public static bool ChangesFace(LivenessAction action) => action is LivenessAction.Blink or LivenessAction.MouthOpen;

    /// <returns>The turn to the other side; null for what is no turn.</returns>
    public static LivenessAction? OtherSideOf(LivenessAction action) => action switch
    {
        LivenessAction.TurnLeft => LivenessAction.TurnRight,
        LivenessAction.TurnRight => LivenessAction.TurnLeft,
        _ => null,
    };
}
