using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Attendance;

/// <summary>The school's class sessions.</summary>
public interface IClassSessions
{
    /// <returns>Fails with <see cref="ClassSessionErrors.UnknownStudents"/>.</returns>
    Task<Result<ClassSession>> AddAsync(SchoolId school, ClassSession session, CancellationToken ct);

    /// <summary>Announces a session anew under its id, unless <see cref="ClassSession.Replace"/> objects.</summary>
    /// <returns>Fails with its errors, <see cref="ClassSessionErrors.NotFound"/> or
    /// <see cref="ClassSessionErrors.UnknownStudents"/>.</returns>
    Task<Result<ClassSession>> ReplaceAsync(SchoolId school, ClassSession session, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<ClassSession?> FindAsync(SchoolId school, ClassSessionId id, CancellationToken ct);

    /// <summary>Sessions that start within the span, earliest first, without their rosters.</summary>
    Task<IReadOnlyList<ClassSession>> ListAsync(SchoolId school, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct);

    /// <returns>Fails with <see cref="ClassSessionErrors.NotFound"/> or <see cref="ClassSessionErrors.HasRecords"/>.</returns>
    Task<Result<Done>> RemoveAsync(SchoolId school, ClassSessionId id, CancellationToken ct);
}

/// <summary>A student's place in a class session.</summary>
/// <param name="Record">Null while nothing is recorded.</param>
public sealed record RosterEntry(StudentId Student, string? FullName, AttendanceRecord? Record)
{
    public override string ToString() => $"RosterEntry({Student})";
}

/// <summary>Who is expected in a class session.</summary>
public interface IClassRosters
{
    /// <summary>The roster with what is recorded of each, by student id; marks of students who are not on the roster come along.</summary>
    Task<IReadOnlyList<RosterEntry>> ListAsync(SchoolId school, ClassSessionId id, CancellationToken ct);
}
