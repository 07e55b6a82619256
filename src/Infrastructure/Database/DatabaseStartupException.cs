namespace FaceAttendance.Infrastructure.Database;

/// <summary>Why the server cannot start, in words for whoever runs it: the message alone says what to do, and holds no password.</summary>
public sealed class DatabaseStartupException(string message, Exception? cause = null) : Exception(message, cause);
