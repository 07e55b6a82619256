namespace FaceAttendance.Domain.Access;

/// <summary>What began with a name and a password, and ends with a log-out or its time; all tokens that came of it belong to it.</summary>
public readonly record struct LogInId(Guid Value)
{
    public static LogInId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}
