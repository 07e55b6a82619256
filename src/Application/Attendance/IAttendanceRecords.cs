using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Attendance;

/// <summary>The school's attendance records, for reading.</summary>
public interface IAttendanceRecords
{
    /// <returns>Earliest first.</returns>
    Task<IReadOnlyList<AttendanceLine>> ListAsync(
        SchoolId school, AttendanceFilter filter, AttendanceCursor? after, int limit, CancellationToken ct);
}
