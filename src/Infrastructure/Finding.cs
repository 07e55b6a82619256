namespace FaceAttendance.Infrastructure;

/// <summary>What an examination of this installation found.</summary>
/// <param name="Check">What was looked at, such as <c>database</c>.</param>
/// <param name="Message">What is so and, unless all is well, what to do.</param>
public sealed record Finding(string Check, FindingState State, string Message)
{
    public static Finding Ok(string check, string message) => new(check, FindingState.Ok, message);

    public static Finding Warning(string check, string message) => new(check, FindingState.Warning, message);

    public static Finding Fault(string check, string message) => new(check, FindingState.Fault, message);
}

public enum FindingState
{
    Ok,

    /// <summary>The server runs, and somebody should see to it.</summary>
    Warning,

    /// <summary>The server does not start, or does not do all that it should.</summary>
    Fault,
}
