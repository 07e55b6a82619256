using FaceAttendance.Application.Events;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>Records what <see cref="HoldSightings"/> handed out, once, at the time at which the face was seen, and tells of it.</summary>
public sealed record RecordSighting(SchoolId School, string Statement) : IRequest<Result<RecordedSighting>>
{
    public override string ToString() => "RecordSighting(withheld)";
}

/// <summary>The same whenever it is asked for.</summary>
/// <param name="Record">Null when it counted for nothing more than what is there.</param>
public sealed record RecordedSighting(StudentId Student, DateTimeOffset SeenAt, RecordId? Record)
{
    public override string ToString() => $"RecordedSighting({Record})";
}

internal sealed class RecordSightingHandler(
    ISightingStatements statements, IAttendanceLedger ledger, IAttendanceFeed feed, TimeProvider clock)
    : IRequestHandler<RecordSighting, Result<RecordedSighting>>
{
    public async Task<Result<RecordedSighting>> Handle(RecordSighting command, CancellationToken ct)
    {
        var read = statements.Read(command.School, command.Statement, clock.GetUtcNow());
        if (read.Error is { } error) return error;

        var sighting = read.Value.Sighting;
        var (entry, record) = await ledger.RecordHeldAsync(read.Value, ct);
        if (entry is LedgerEntry.StudentRemoved) return StudentErrors.NotFound;
        if (entry is not LedgerEntry.Repeated)
        {
            AttendanceMetrics.Seen(entry);
            feed.Publish(
                new Recognized(sighting.School, sighting.Label, sighting.Who.Distance, sighting.SeenAt, entry.Report, record));
        }
        return new RecordedSighting(sighting.Student!.Value, sighting.SeenAt, record);
    }
}
