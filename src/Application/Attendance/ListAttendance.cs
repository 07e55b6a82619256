using System.Runtime.CompilerServices;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Which records are wanted; null leaves a property open.</summary>
/// <param name="From">The earliest.</param>
/// <param name="Before">Later than the latest.</param>
public sealed record AttendanceFilter(
    DateTimeOffset? From, DateTimeOffset? Before, StudentId? Student, string? ClassName, AttendanceStatus? Status, AttendanceOrigin? Origin,
    ClassSessionId? Session, bool? NeedsReview)
{
    public override string ToString() => "AttendanceFilter(withheld)";
}

/// <summary>A record with the names that go with it.</summary>
/// <param name="ClassName">The student's.</param>
/// <param name="SessionName">Null outside class sessions.</param>
public sealed record AttendanceLine(AttendanceRecord Record, string? FullName, string? ClassName, string? SessionName)
{
    public override string ToString() => $"AttendanceLine({Record.Id})";
}

/// <summary>Where a page ended; the next begins behind it.</summary>
public readonly record struct AttendanceCursor(DateTimeOffset At, RecordId Record)
{
    public static AttendanceCursor Behind(AttendanceLine line) => new(line.Record.At, line.Record.Id);
}

/// <summary>The school's attendance records, for reading.</summary>
public interface IAttendanceRecords
{
    /// <returns>Earliest first.</returns>
    Task<IReadOnlyList<AttendanceLine>> ListAsync(SchoolId school, AttendanceFilter filter, AttendanceCursor? after, int limit, CancellationToken ct);
}

/// <summary>A page of records, earliest first.</summary>
public sealed record ListAttendance(SchoolId School, AttendanceFilter Filter, AttendanceCursor? After, int Limit) : IRequest<Result<AttendancePage>>;

/// <param name="Next">Null after the last page.</param>
public sealed record AttendancePage(IReadOnlyList<AttendanceLine> Items, AttendanceCursor? Next);

/// <summary>All records, earliest first, read as they are asked for.</summary>
public sealed record ExportAttendance(SchoolId School, AttendanceFilter Filter) : IRequest<Result<IAsyncEnumerable<AttendanceLine>>>;

internal sealed class AttendanceRecordsHandler(IAttendanceRecords records) :
    IRequestHandler<ListAttendance, Result<AttendancePage>>,
    IRequestHandler<ExportAttendance, Result<IAsyncEnumerable<AttendanceLine>>>
{
    // Page after page rather than one long query: whoever reads slowly holds no connection and no snapshot of the database.
    private const int ExportPage = 1000;

    public async Task<Result<AttendancePage>> Handle(ListAttendance query, CancellationToken ct)
    {
        // One more than asked for tells whether there is another page.
        var found = await records.ListAsync(query.School, query.Filter, query.After, query.Limit + 1, ct);
        if (found.Count <= query.Limit) return new AttendancePage(found, null);
        var items = found.Take(query.Limit).ToArray();
        return new AttendancePage(items, AttendanceCursor.Behind(items[^1]));
    }

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
