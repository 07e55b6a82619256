namespace FaceAttendance.Domain.Liveness;

/// <summary>What a person may be asked to do. Left and right are the person's own.</summary>
public enum LivenessAction
{
    Blink,
    MouthOpen,
    Nod,
    TurnLeft,
    TurnRight,
}

/// <summary>The actions as clients and configuration spell them.</summary>
public static class LivenessActions
{
    public static IReadOnlyList<LivenessAction> All { get; } = Enum.GetValues<LivenessAction>();

    public static string NameOf(LivenessAction action) => action switch
    {
        LivenessAction.Blink => "blink",
        LivenessAction.MouthOpen => "mouth_open",
        LivenessAction.Nod => "nod",
        LivenessAction.TurnLeft => "turn_left",
        LivenessAction.TurnRight => "turn_right",
    };

    /// <summary>Whether the face itself changes, as a paper mask's cannot: the others are movements of the whole head.</summary>
    public static bool ChangesFace(LivenessAction action) => action is LivenessAction.Blink or LivenessAction.MouthOpen;

    /// <returns>The turn to the other side; null for what is no turn.</returns>
    public static LivenessAction? OtherSideOf(LivenessAction action) => action switch
    {
        LivenessAction.TurnLeft => LivenessAction.TurnRight,
        LivenessAction.TurnRight => LivenessAction.TurnLeft,
        _ => null,
    };

    /// <returns>Null for a name that no action has.</returns>
    public static LivenessAction? Parse(string name)
    {
        foreach (var action in All)
        {
            if (NameOf(action) == name) return action;
        }
        return null;
    }
}
