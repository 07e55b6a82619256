using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

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
            if (LivenessActions.Parse(name) is not { } action)
                return LivenessErrors.InvalidOption("actions", name,
                    $"names out of {string.Join(", ", LivenessActions.All.Select(LivenessActions.NameOf))}, separated by commas");
            shows.Add(action);
        }
        return client with { Shows = shows };
    }
}

/// <summary>Begins a liveness session for a student. The answer holds the session's id and its first challenge.</summary>
public sealed record StartLiveness(SchoolId School, StudentId Student, LivenessTrier By, LivenessClient Client)
    : IRequest<Result<LivenessAnswer>>;

/// <summary>Judges one frame of a session. Frames of one session are judged in the order in which they are sent; send the next after the
/// answer.</summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
public sealed record SubmitLivenessFrame(SchoolId School, StudentId Student, LivenessSessionId Session, ReadOnlyMemory<byte> Image)
    : IRequest<Result<LivenessAnswer>>
{
    public override string ToString() => $"SubmitLivenessFrame({Session}, {Image.Length} bytes)";
}

/// <summary>The client is gone: the session's memory can go too. Harmless for an unknown id.</summary>
public sealed record EndLiveness(LivenessSessionId Session) : IRequest<Result<Done>>;

public enum PadState
{
    /// <summary>Passive presentation attack detection is part of the verdict.</summary>
    Asked,

    /// <summary>The profile has no weights for it.</summary>
    NotAvailable,
}

/// <summary>What a client is told after the start and after each frame.</summary>
/// <param name="Token">Set when the session passed, unless <see cref="LivenessTrier.Anybody"/> began it; see
/// <see cref="ILivenessTokens"/>.</param>
public sealed record LivenessAnswer(LivenessSessionId Session, LivenessJudgement Judgement, PadState Pad, string? Token)
{
    /// <summary>Of the start's answer: cancelled when the student's face is gone, because they were erased or withdrew their consent. Then
    /// the session is over.</summary>
    public CancellationToken FaceGone { get; init; }

    public override string ToString() => $"LivenessAnswer({Session}, {Judgement.Outcome})";
}

internal sealed class JudgeLivenessHandler(LivenessSessions sessions) :
    IRequestHandler<StartLiveness, Result<LivenessAnswer>>,
    IRequestHandler<SubmitLivenessFrame, Result<LivenessAnswer>>,
    IRequestHandler<EndLiveness, Result<Done>>
{
    public Task<Result<LivenessAnswer>> Handle(StartLiveness command, CancellationToken ct) =>
        sessions.StartAsync(command.School, command.Student, command.By, command.Client, ct);

    public Task<Result<LivenessAnswer>> Handle(SubmitLivenessFrame command, CancellationToken ct) =>
        sessions.SubmitAsync(command.School, command.Student, command.Session, command.Image, ct);

    public async Task<Result<Done>> Handle(EndLiveness command, CancellationToken ct)
    {
        await sessions.EndAsync(command.Session);
        return new Done();
    }
}
