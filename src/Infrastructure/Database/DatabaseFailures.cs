using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>Tells a database that is away from a request that is wrong.</summary>
public static class DatabaseFailures
{
    // Class 08 is the standard's "connection exception"; the others are PostgreSQL's own (Appendix A of its manual).
    private const string ConnectionExceptionClass = "08";

    // Disk, memory or connections are used up.
    private const string InsufficientResourcesClass = "53";

    /// <summary>
    /// Whether the exception, or one that it wraps, means that the database cannot be reached, is shutting down or starting up, has no
    /// connection, memory or disk to spare, or went away in mid-sentence: the same request may succeed later.
    /// </summary>
    public static bool IsUnavailable(Exception exception)
    {
        if (exception is AggregateException several) return several.InnerExceptions.Any(IsUnavailable);
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is PostgresException refused) return IsUnavailableState(refused.SqlState);
            // Npgsql calls its own exception transient when a stream, a socket or a timeout is behind it.
            if (e is NpgsqlException { IsTransient: true }) return true;
        }
        return false;
    }

    /// <summary>Whether its disk, its memory or its connections are used up: then it may answer, and still take nothing in.</summary>
    public static bool IsExhausted(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is PostgresException refused) return refused.SqlState.StartsWith(InsufficientResourcesClass, StringComparison.Ordinal);
        }
        return false;
    }

    private static bool IsUnavailableState(string state) =>
        state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.IdleSessionTimeout
        || state.StartsWith(ConnectionExceptionClass, StringComparison.Ordinal)
        || state.StartsWith(InsufficientResourcesClass, StringComparison.Ordinal);
}
