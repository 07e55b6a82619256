namespace FaceAttendance.Application;

/// <summary>The server cannot start as it is set up. The message names what is wrong and the remedy; it is printed alone, without a
/// stack.</summary>
public sealed class StartupException : Exception
{
    public StartupException(string message) : base(message)
    {
    }

    public StartupException(string message, Exception cause) : base(message, cause)
    {
    }
}
