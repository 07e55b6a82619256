using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Liveness;

/// <summary>Whether a session may pass without passive presentation attack detection.</summary>
public enum PadPolicy
{
    /// <summary>It is asked where the profile has its weights; a session without says so.</summary>
    WhenAvailable,

    /// <summary>Without its weights no session begins.</summary>
    Required,
}

/// <summary>What a liveness session asks. Section: <c>Liveness</c>.</summary>
public sealed class LivenessOptions
{
    // What the clients can show that know of no credentials.
    private static readonly LivenessAction[] KnownToAll = [LivenessAction.Blink, LivenessAction.MouthOpen, LivenessAction.Nod];

    /// <summary>LIVENESS_CHALLENGES: the actions drawn from, separated by commas. move_closer among them is asked of everybody with
    /// credentials, on top.</summary>
    [Required]
    public string Challenges { get; set; } = "blink,mouth_open,nod,turn_left,turn_right";

    /// <summary>LIVENESS_STEPS: how many different actions a session asks, one after the other.</summary>
    [Range(1, 5)]
    public int Steps { get; set; } = 2;

    /// <summary>LIVENESS_SECONDS: how long a session lasts.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:10:00")]
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// LIVENESS_ATTEMPTS: sessions that may begin for a student within <see cref="AttemptWindow"/> without passing, by each
    /// <see cref="LivenessTrier"/>.
    /// </summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 3;

    /// <summary>After so long an attempt is forgotten.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan AttemptWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>LIVENESS_OPEN: whether anybody who reaches the server may begin sessions without credentials. Nothing can be checked in
    /// with one.</summary>
    public bool Open { get; set; }

    /// <summary>LIVENESS_PAD: when_available or required.</summary>
    public PadPolicy Pad { get; set; } = PadPolicy.WhenAvailable;

    /// <summary>
    /// LIVENESS_MEMORY_DAYS: how long pictures of a session are remembered, sealed as face templates are, so that a recording of it is
    /// known again. 0 remembers nothing.
    /// </summary>
    [Range(0, 365)]
    public int MemoryDays { get; set; } = 30;

    /// <summary>Least cosine similarity at which a frame's face counts as the student's (1:1).</summary>
    /// <value>No default here: the embedder's operating point at a false-match rate of 1e-3 supplies it.</value>
    [Required, Range(0.0, 1.0)]
    public float? VerificationThreshold { get; set; }

    /// <summary>How long a result may be used for a check-in.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromSeconds(60);

    internal IReadOnlyList<string> ChallengeNames =>
        Challenges.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    internal IReadOnlyList<LivenessAction> Actions => [.. ChallengeNames.Select(name => Words.Parse<LivenessAction>(name)!.Value)];

    /// <summary>What a session draws from, and how much of it: without credentials only what clients without them can show. What a client
    /// can show beside that is asked too.</summary>
    internal (IReadOnlyList<LivenessAction> Actions, int Steps) AskedOf(LivenessTrier by, LivenessClient client)
    {
        var (actions, steps) = AskedOf(by);
        return ([.. actions.Union(client.Shows.Except(LivenessActions.Common))], steps);
    }

    private (IReadOnlyList<LivenessAction> Actions, int Steps) AskedOf(LivenessTrier by)
    {
        if (by != LivenessTrier.Anybody) return (Actions, Steps);
        LivenessAction[] known = [.. Actions.Where(KnownToAll.Contains)];
        // Nothing rests on the session, so that a set that leaves too few of them is no reason to refuse it.
        if (known.Length < Steps) known = KnownToAll;
        return (known, Math.Min(Steps, known.Length));
    }
}

[OptionsValidator]
internal sealed partial class LivenessOptionsValidator : IValidateOptions<LivenessOptions>;

/// <summary>Refuses a set of challenges that cannot be asked.</summary>
internal sealed class ChallengesValidator : IValidateOptions<LivenessOptions>
{
    public ValidateOptionsResult Validate(string? name, LivenessOptions options)
    {
        var names = options.ChallengeNames;
        var known = string.Join(", ", Words.All<LivenessAction>());
        if (names.FirstOrDefault(n => Words.Parse<LivenessAction>(n) is null) is { } unknown)
            return ValidateOptionsResult.Fail($"LIVENESS_CHALLENGES names '{unknown}'; known are {known}.");
        if (names.Distinct().Count() != names.Count) return ValidateOptionsResult.Fail("LIVENESS_CHALLENGES names an action twice.");
        var drawn = names.Count(n => Words.Parse<LivenessAction>(n) is { } action && LivenessActions.Common.Contains(action));
        return drawn < options.Steps
            ? ValidateOptionsResult.Fail(
                $"LIVENESS_STEPS is {options.Steps}, but LIVENESS_CHALLENGES names {drawn} actions (move_closer, which is asked on top, " +
                "is not counted); a session asks every action at most once.")
            : ValidateOptionsResult.Success;
    }
}
