using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Application.Tests.Students;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AttendanceListTests
{
    private static readonly AttendanceFilter All = new(null, null, null, null, null, null, null, null);

    private readonly StandingClock _clock = new();
    private readonly FakeDays _days = new();

    [TestCase(3, 2, 2, true)]
    [TestCase(2, 2, 2, false)]
    [TestCase(1, 2, 1, false)]
    [TestCase(0, 2, 0, false)]
    public async Task List_Page_NamesTheNextOnlyWhereThereIsOne(int stored, int limit, int items, bool hasNext)
    {
        var page = (await new ListAttendanceHandler(new FakeRecords(stored)).Handle(new(SchoolId.First, All, null, limit), default)).Value;

        Assert.That(page.Items, Has.Count.EqualTo(items));
        Assert.That(page.Next, Is.EqualTo(hasNext ? AttendanceCursor.Behind(page.Items[^1]) : (AttendanceCursor?)null));
    }

    [Test]
    public async Task List_PageAfterPage_ShowsEveryRecordOnce()
    {
        var records = new FakeRecords(5);
        var (seen, after) = (new List<RecordId>(), (AttendanceCursor?)null);
        do
        {
            var page = (await new ListAttendanceHandler(records).Handle(new(SchoolId.First, All, after, 2), default)).Value;
            seen.AddRange(page.Items.Select(l => l.Record.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.That(seen, Is.EqualTo(records.Stored.Select(l => l.Record.Id)));
    }

    [TestCase(0)]
    [TestCase(999)]
    [TestCase(1000)]
    [TestCase(2001)]
    public async Task Export_AnyNumber_ReadsEveryRecordOnce(int stored)
    {
        var records = new FakeRecords(stored);

        var lines = (await new ExportAttendanceHandler(records).Handle(new(SchoolId.First, All), default)).Value;
        var seen = new List<AttendanceLine>();
        await foreach (var line in lines) seen.Add(line);

        Assert.That(seen, Is.EqualTo(records.Stored));
    }

    [TestCase("UTC", "2026-01-05")]
    [TestCase("Pacific/Kiritimati", "2026-01-05")]
    [TestCase("Pacific/Honolulu", "2026-01-04")]
    public async Task Today_IsTheSchoolsOwnDay(string zone, string day)
    {
        await new ListTodayHandler(_days, new OneZone(zone), _clock).Handle(new(SchoolId.First, 10, 0), default);

        Assert.That(_days.Asked, Is.EqualTo(DateOnly.Parse(day, null)));
    }

    [TestCase(1, "2026-01-05")]
    [TestCase(30, "2025-12-07")]
    public async Task StudentDays_Days_CountTodayIn(int days, string from)
    {
        var listed = await DaysAsync(new FakeStudents("ann"), days);

        Assert.That(listed.Value.Single().Student.Value, Is.EqualTo("ann"));
        Assert.That(_days.Asked, Is.EqualTo(DateOnly.Parse(from, null)));
    }

    [Test]
    public async Task StudentDays_UnknownStudent_IsNotFound() =>
        Assert.That((await DaysAsync(new FakeStudents(), 1)).Error, Is.EqualTo(StudentErrors.NotFound));

    private Task<Domain.Result<IReadOnlyList<AttendanceDay>>> DaysAsync(FakeStudents students, int days) =>
        new ListStudentDaysHandler(_days, students, new OneZone("UTC"), _clock).Handle(
            new(SchoolId.First, new StudentId("ann"), days), default);

    private sealed class FakeRecords(int count) : IAttendanceRecords
    {
        public IReadOnlyList<AttendanceLine> Stored { get; } = [.. Enumerable.Range(0, count).Select(i => new AttendanceLine(
            new(RecordId.New(), new("ann"), null, StandingClock.Start.AddSeconds(i), AttendanceStatus.Present, false,
                new Evidence.Camera(0.2, 0.8, null, null)),
            null, null, null))];

        public Task<IReadOnlyList<AttendanceLine>> ListAsync(
            SchoolId school, AttendanceFilter filter, AttendanceCursor? after, int limit, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<AttendanceLine>>(
                [.. Stored.Where(l => after is not { } cursor || l.Record.At > cursor.At).Take(limit)]);
    }

    private sealed class FakeDays : IAttendanceLedger
    {
        public DateOnly Asked { get; private set; }

        public Task<(LedgerEntry Entry, RecordId? Record)> RecordHeldAsync(HeldSighting held, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<LedgerEntry> RecordAsync(Sighting sighting, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<AttendanceDay>> ListDayAsync(
            SchoolId school, DateOnly date, int limit, int offset, CancellationToken ct) => Answer(new("ann"), date);

        public Task<IReadOnlyList<AttendanceDay>> ListStudentAsync(
            SchoolId school, StudentId student, DateOnly from, CancellationToken ct) => Answer(student, from);

        private Task<IReadOnlyList<AttendanceDay>> Answer(StudentId student, DateOnly asked)
        {
            Asked = asked;
            return Task.FromResult<IReadOnlyList<AttendanceDay>>(
                [new(student, null, asked, StandingClock.Start, StandingClock.Start, 1)]);
        }
    }
}
