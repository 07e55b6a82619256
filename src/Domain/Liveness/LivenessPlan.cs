namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// What a session asks and when: drawn before it begins, by whoever can draw what nobody foresees, and revealed piece by piece.
/// </summary>
/// <param name="Asked">The actions in their order, at least one.</param>
/// <param name="Spares">
/// Other actions: after a strike, the next of the same kind is asked in place of the one at hand, and the next of any kind beside the
/// others. Without any it is asked again.
/// </param>
/// <param name="Rests">
/// How long the person looks straight before a question, from the second on and after each strike; none when there are no more. Whoever
/// acts in a rest knew no question, so that a recording has to guess when to act as well as what.
/// </param>
public sealed record LivenessPlan(IReadOnlyList<LivenessAction> Asked, IReadOnlyList<LivenessAction> Spares, IReadOnlyList<TimeSpan> Rests)
{
    /// <summary>The actions one right after the other.</summary>
    public LivenessPlan(params IReadOnlyList<LivenessAction> asked)
        : this(asked, [], [])
    {
    }

    /// <summary>
    /// Different actions in an order, and after rests, that nobody foresees. Where one of them changes the face itself, one such is always
    /// asked: a paper mask can turn and nod. Where <see cref="LivenessAction.MoveCloser"/> is among them it is asked on top of the others,
    /// between any two of them: nothing else tells a picture that acts.
    /// </summary>
    /// <param name="actions">Different ones, at least as many as steps without <see cref="LivenessAction.MoveCloser"/>.</param>
    /// <param name="below">Draws a number from 0 to below its argument, each as likely.</param>
    public static LivenessPlan Draw(IReadOnlyList<LivenessAction> actions, int steps, Func<int, int> below)
    {
        var all = actions.Where(a => a != LivenessAction.MoveCloser).ToArray();
        var wantsFace = all.Any(LivenessActions.ChangesFace);
        // Drawn anew until it fits, so that every plan that fits is as likely as the others.
        do
        {
            for (var i = all.Length - 1; i > 0; i--)
            {
                var j = below(i + 1);
                (all[i], all[j]) = (all[j], all[i]);
            }
        }
        while (wantsFace && !all.Take(steps).Any(LivenessActions.ChangesFace));

        var span = (int)(LivenessRules.LongestRest - LivenessRules.ShortestRest).TotalMilliseconds;
        List<LivenessAction> asked = [.. all[..steps]];
        if (actions.Contains(LivenessAction.MoveCloser)) asked.Insert(below(steps + 1), LivenessAction.MoveCloser);
        // One before each question but the first; each strike that is survived makes two more.
        var rests = Enumerable.Range(1, asked.Count - 1 + (2 * LivenessRules.MostStrikes))
            .Select(_ => LivenessRules.ShortestRest + TimeSpan.FromMilliseconds(below(span + 1)));
        return new(asked, all[steps..], [.. rests]);
    }
}
