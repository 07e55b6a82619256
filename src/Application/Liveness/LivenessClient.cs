using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.Application.Liveness;

/// <summary>What a client says of itself.</summary>
/// <param name="IsMirrored">Whether it sends its camera's pictures mirrored, as the person sees them; null when it does not say.</param>
/// <param name="Shows">The actions that it can tell a person to do; beside these it is asked those that every client knows.</param>
public sealed record LivenessClient(bool? IsMirrored, IReadOnlyList<LivenessAction> Shows)
{
    /// <summary>One that says nothing.</summary>
    public static LivenessClient Plain { get; } = new(IsMirrored: null, []);

    /// <param name="mirrored">true or false.</param>
    /// <param name="actions">Names, separated by commas.</param>
    /// <returns>Errors: <see cref="LivenessErrors.InvalidOption"/>.</returns>
    public static Result<LivenessClient> Parse(string? mirrored, string? actions)
    {
        var client = Plain;
        if (!string.IsNullOrWhiteSpace(mirrored))
        {
            if (!bool.TryParse(mirrored, out var isMirrored)) return LivenessErrors.InvalidOption("mirrored", mirrored, "true or false");
            client = client with { IsMirrored = isMirrored };
        }
        var shows = new List<LivenessAction>();
        foreach (var name in (actions ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Words.Parse<LivenessAction>(name) is not { } action)
                return LivenessErrors.InvalidOption("actions", name,
                    $"names out of {string.Join(", ", Words.All<LivenessAction>())}, separated by commas");
            shows.Add(action);
        }
        return client with { Shows = shows };
    }
}
