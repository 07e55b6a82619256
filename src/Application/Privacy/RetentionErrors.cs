using System.Globalization;
using FaceAttendance.Domain;

namespace FaceAttendance.Application.Privacy;

public static class RetentionErrors
{
    /// <param name="ahead">By how much the server's clock is ahead of the database's.</param>
    public static Error ClocksDiffer(TimeSpan ahead) => new(
        "retention.clocks_differ",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The server's clock is {ahead.Duration().TotalMinutes:0} minutes {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the " +
            $"database's. Nothing is removed for its age until they agree; set both by a time server."),
        ErrorKind.Conflict);
}
