using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Attendance;

/// <summary>The class sessions of a day with everybody who is expected in them.</summary>
public interface IRollCalls
{
    /// <param name="from">Where the day begins.</param>
    /// <param name="before">Where the next one does.</param>
    Task<RollCall> ReadAsync(SchoolId school, DateOnly day, DateTimeOffset from, DateTimeOffset before, CancellationToken ct);
}
