using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

public sealed class AttendanceReportTests
{
    private static readonly DateOnly First = new(2026, 1, 1);

    [TestCase(0, null)]
    [TestCase(399, null)]
    [TestCase(400, "to")]
    [TestCase(-1, "to")]
    public void Get_SpanAroundItsLimits_IsTakenUpToThem(int days, string? field) =>
        Assert.That(new GetAttendanceReportValidator().FaultOf(Query(days)), Is.EqualTo(field));

    [Test]
    public async Task Get_WithoutLimit_ReadsAll()
    {
        var reports = new Reports();

        await new GetAttendanceReportHandler(reports).Handle(Query(1), default);

        Assert.That(reports.Limit, Is.EqualTo(int.MaxValue));
    }

    [Test]
    public void Rate_OfCounts_IsWhoWasThereOfAll()
    {
        Assert.That(Counts((AttendanceStatus.Present, 2), (AttendanceStatus.Late, 1), (AttendanceStatus.Sick, 1)).Rate, Is.EqualTo(0.75));
        Assert.That(Counts().Rate, Is.Null);
    }

    private static ReportCounts Counts(params (AttendanceStatus Status, int Count)[] counts) =>
        new(counts.ToDictionary(c => c.Status, c => c.Count), 0, 0);

    private static GetAttendanceReport Query(int days) =>
        new(SchoolId.First, new(ReportGroup.Student, First, First.AddDays(days), null, null, ReportOrder.Late), null, 0);

    private sealed class Reports : IAttendanceReports
    {
        public int Limit { get; private set; }

        public Task<AttendanceReport> ReadAsync(SchoolId school, ReportQuery query, int limit, int offset, CancellationToken ct)
        {
            Limit = limit;
            return Task.FromResult(new AttendanceReport([], 0, Counts()));
        }
    }
}
