using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.Application.Liveness;

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
