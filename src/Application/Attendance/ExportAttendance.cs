using System.Runtime.CompilerServices;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>All records, earliest first, read as they are asked for.</summary>
public sealed record ExportAttendance(SchoolId School, AttendanceFilter Filter) : IRequest<Result<IAsyncEnumerable<AttendanceLine>>>;

/// <summary>A record with the names that go with it.</summary>
/// <param name="ClassName">The student's.</param>
/// <param name="SessionName">Null outside class sessions.</param>
public sealed record AttendanceLine(
    AttendanceRecord Record, string? FullName, string? ClassName, string? SessionName, Correction? Correction = null)
{
    public override string ToString() => $"AttendanceLine({Record.Id})";
}

internal sealed class ExportAttendanceHandler(IAttendanceRecords records)
    : IRequestHandler<ExportAttendance, Result<IAsyncEnumerable<AttendanceLine>>>
{
    // Page after page rather than one long query: whoever reads slowly holds no connection and no snapshot of the database.
    private const int ExportPage = 1000;

    public Task<Result<IAsyncEnumerable<AttendanceLine>>> Handle(ExportAttendance query, CancellationToken ct) =>
        Task.FromResult(Result<IAsyncEnumerable<AttendanceLine>>.Ok(ReadAsync(query, ct)));

    private async IAsyncEnumerable<AttendanceLine> ReadAsync(ExportAttendance query, [EnumeratorCancellation] CancellationToken ct)
    {
        AttendanceCursor? after = null;
        while (true)
        {
            var page = await records.ListAsync(query.School, query.Filter, after, ExportPage, ct);
            foreach (var line in page) yield return line;
            if (page.Count < ExportPage) yield break;
            after = AttendanceCursor.Behind(page[^1]);
        }
    }
}
