using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Liveness;

/// <summary>A session's id: 128 random bits, unguessable, so that whoever holds it may use it.</summary>
public readonly record struct LivenessSessionId(Guid Value)
{
    /// <summary>The id as it stands on the wire.</summary>
    public override string ToString() => Value.ToString("N");

    /// <returns>Null for what is no id.</returns>
    public static LivenessSessionId? Parse(string? text) => Guid.TryParseExact(text, "N", out var value) ? new(value) : null;
}

/// <summary>The attempts of every student, in one place for all server processes.</summary>
public interface ILivenessAttempts
{
    /// <summary>Takes one attempt. One transaction: of any number at once, no more than the rule allows get one.</summary>
    /// <param name="rule">Of each kind of <paramref name="by"/> for itself.</param>
    /// <returns>Zero when it was taken, otherwise how long <paramref name="by"/> is still locked out from this student; null when the
    /// student is gone, or their consent is.</returns>
    Task<TimeSpan?> BeginAsync(
        SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, AttemptRule rule, CancellationToken ct);

    /// <summary>The session passed, so its attempt does not count.</summary>
    Task ForgiveAsync(SchoolId school, StudentId student, LivenessSessionId session, CancellationToken ct);
}
