using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>Of whom or what a report's rows are.</summary>
public enum ReportGroup
{
    Student,

    /// <summary>By the class that a student is in now.</summary>
    Class,

    Day,
}

/// <summary>Which row comes first; days come in their order.</summary>
public enum ReportOrder
{
    /// <summary>Most often late, then by the minutes.</summary>
    Late,

    /// <summary>Most often absent.</summary>
    Absent,

    /// <summary>The lowest rate.</summary>
    Rate,

    /// <summary>By student id or class.</summary>
    Name,
}

/// <param name="From">The first day, by the school's calendar.</param>
/// <param name="To">The last.</param>
/// <param name="ClassName">Of students of this class alone; null for all.</param>
public sealed record ReportQuery(ReportGroup Group, DateOnly From, DateOnly To, string? ClassName, StudentId? Student, ReportOrder Order);

/// <summary>
/// How often students were there. A class session counts once for each of its students. On a day on which a student has none, what is
/// recorded outside of class sessions counts once, by the first of that day.
/// </summary>
/// <param name="NeedsReview">Of those counted by their status, how many wait for a person's look.</param>
/// <param name="MinutesLate">After the start of the class session, in all.</param>
public sealed record ReportCounts(IReadOnlyDictionary<AttendanceStatus, int> Statuses, int NeedsReview, int MinutesLate)
{
    public int Of(AttendanceStatus status) => Statuses.GetValueOrDefault(status);

    /// <summary>How many times they were there of all times, in [0, 1]; null when there were none.</summary>
    public double? Rate
    {
        get
        {
            var all = Statuses.Values.Sum();
            return all == 0 ? null : (double)Statuses.Where(s => s.Key.IsThere).Sum(s => s.Value) / all;
        }
    }
}

/// <param name="Student">Null unless rows are students, as their name.</param>
/// <param name="ClassName">The student's or the row's.</param>
/// <param name="Day">Null unless rows are days.</param>
public sealed record ReportRow(StudentId? Student, string? FullName, string? ClassName, DateOnly? Day, ReportCounts Counts)
{
    public override string ToString() => $"ReportRow({Student}, {Day})";
}

/// <param name="Total">Rows in all.</param>
/// <param name="Totals">Of all rows.</param>
public sealed record AttendanceReport(IReadOnlyList<ReportRow> Rows, int Total, ReportCounts Totals);

/// <summary>Attendance in numbers.</summary>
public interface IAttendanceReports
{
    Task<AttendanceReport> ReadAsync(SchoolId school, ReportQuery query, int limit, int offset, CancellationToken ct);
}
