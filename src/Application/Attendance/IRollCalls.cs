using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Attendance;

/// <summary>The class sessions of a day with everybody who is expected in them.</summary>
public interface IRollCalls
{
    /// <param name="from">Where the day begins.</param>
    /// <param name="before">Where the next one does.</param>
    /// <param name="className">Only sessions that expect students of this class; null for all.</param>
    /// <param name="withEntries">Whether each student comes along, or their numbers alone.</param>
    Task<RollCall> ReadAsync(
        SchoolId school, DateOnly day, DateTimeOffset from, DateTimeOffset before, string? className, bool withEntries,
        CancellationToken ct);
}
