namespace FaceAttendance.Domain.Liveness;

/// <summary>Who has a student try. Each has attempts of its own, so that nobody else uses up the student's; together they stay
/// bounded.</summary>
public enum LivenessTrier
{
    /// <summary>The student, by an account of their own.</summary>
    Student,

    /// <summary>Another caller with credentials, such as an operator or a device.</summary>
    Caller,

    /// <summary>Somebody without credentials.</summary>
    Anybody,
}
