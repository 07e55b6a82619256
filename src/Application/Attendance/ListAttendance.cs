using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A page of records, earliest first.</summary>
public sealed record ListAttendance(SchoolId School, AttendanceFilter Filter, AttendanceCursor? After, int Limit)
    : IRequest<Result<AttendancePage>>;

/// <summary>Which records are wanted; null leaves a property open.</summary>
/// <param name="From">The earliest.</param>
/// <param name="Before">Later than the latest.</param>
/// <param name="Corrected">Those that bore a wrong name, which count no more, in place of those that count.</param>
public sealed record AttendanceFilter(
    DateTimeOffset? From, DateTimeOffset? Before, StudentId? Student, string? ClassName, AttendanceStatus? Status, AttendanceOrigin? Origin,
    ClassSessionId? Session, bool? NeedsReview, bool Corrected = false)
{
    public override string ToString() => "AttendanceFilter(withheld)";
}

/// <summary>Where a page ended; the next begins behind it.</summary>
public readonly record struct AttendanceCursor(DateTimeOffset At, RecordId Record)
{
    public static AttendanceCursor Behind(AttendanceLine line) => new(line.Record.At, line.Record.Id);
}

/// <param name="Next">Null after the last page.</param>
public sealed record AttendancePage(IReadOnlyList<AttendanceLine> Items, AttendanceCursor? Next);

internal sealed class ListAttendanceHandler(IAttendanceRecords records) : IRequestHandler<ListAttendance, Result<AttendancePage>>
{
    public async Task<Result<AttendancePage>> Handle(ListAttendance query, CancellationToken ct)
    {
        // One more than asked for tells whether there is another page.
        var found = await records.ListAsync(query.School, query.Filter, query.After, query.Limit + 1, ct);
        if (found.Count <= query.Limit) return new AttendancePage(found, null);
        var items = found.Take(query.Limit).ToArray();
        return new AttendancePage(items, AttendanceCursor.Behind(items[^1]));
    }
}
