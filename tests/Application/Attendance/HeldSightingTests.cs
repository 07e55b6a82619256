using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Tests.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

public sealed class HeldSightingTests
{
    private static readonly SightingContext AtTheKiosk = new("kiosk-1", null, null, null);

    private readonly FakeStatements _statements = new();
    private readonly RecordingFeed _feed = new();

    [SetUp]
    public void Forget()
    {
        _statements.Issued.Clear();
        _feed.Published.Clear();
    }

    [Test]
    public async Task HoldSightingsHandler_StudentsAndOthers_HoldsTheStudentsAlone()
    {
        var recognizer = FakeTracks.Recognizer(
            new FakeGallery("ann", "bob"), FakeAnalyzer.Face(0, 0.9f), FakeAnalyzer.Face(1, 0.2f), FakeAnalyzer.Face(1, 0.8f));
        // Bob is removed while the models look at him.
        var handler = new HoldSightingsHandler(recognizer, new FakeStudents("ann"), _statements, TimeProvider.System);

        var held = (await handler.Handle(new HoldSightings(SchoolId.First, new byte[] { 1 }, AtTheKiosk), default)).Value;

        Assert.That(held.Held.Select(h => h?.FullName), Is.EqualTo((string?[])["ann Example", null, null]));
        var issued = _statements.Issued.Single();
        Assert.That((issued.Sighting.Label, issued.Sighting.Context), Is.EqualTo(("ann", AtTheKiosk)));
        Assert.That(issued.ExpiresAt - issued.Sighting.SeenAt, Is.EqualTo(TimeSpan.FromDays(7)));
    }

    [TestCase(false, 1, TestName = "RecordSightingHandler_TheFirstTime_TellsLiveListeners")]
    [TestCase(true, 0, TestName = "RecordSightingHandler_Repeated_AnswersTheSameAndTellsNobody")]
    public async Task RecordSighting(bool isRepeated, int told)
    {
        var record = RecordId.New();
        var answer = await HandleAsync((isRepeated ? new LedgerEntry.Repeated() : new LedgerEntry.Announced(Guid.NewGuid(), null), record));

        Assert.That(answer.Value, Is.EqualTo(new RecordedSighting(new("ann"), _statements.Issued.Single().Sighting.SeenAt, record)));
        Assert.That(_feed.Published, Has.Count.EqualTo(told));
    }

    [Test]
    public async Task RecordSightingHandler_StudentIsGone_SaysSo()
    {
        var answer = await HandleAsync((new LedgerEntry.StudentRemoved(), null));

        Assert.That(answer.Error!.Code, Is.EqualTo("student.not_found"));
        Assert.That(_feed.Published, Is.Empty);
    }

    private async Task<Result<RecordedSighting>> HandleAsync((LedgerEntry, RecordId?) entry)
    {
        var seenAt = DateTimeOffset.UtcNow;
        var sighting = new Sighting(SchoolId.First, new(new StudentId("ann"), 0.7f, 0.3), seenAt, default, 640, 480, AtTheKiosk);
        var statement = _statements.Issue(new(Guid.NewGuid(), sighting, seenAt + HeldSighting.Lifetime));
        var handler = new RecordSightingHandler(_statements, new FakeLedger(entry), _feed, TimeProvider.System);
        return await handler.Handle(new RecordSighting(SchoolId.First, statement), default);
    }

    /// <summary>A statement is the number of what was held.</summary>
    private sealed class FakeStatements : ISightingStatements
    {
        public List<HeldSighting> Issued { get; } = [];

        public string Issue(HeldSighting held)
        {
            Issued.Add(held);
            return $"{Issued.Count - 1}";
        }

        public Result<HeldSighting> Read(SchoolId school, string statement, DateTimeOffset now) => Issued[int.Parse(statement, null)];
    }

    private sealed class FakeLedger((LedgerEntry, RecordId?) entry) : IAttendanceLedger
    {
        public Task<(LedgerEntry Entry, RecordId? Record)> RecordHeldAsync(HeldSighting held, CancellationToken ct) =>
            Task.FromResult(entry);

        public Task<LedgerEntry> RecordAsync(Sighting sighting, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<AttendanceDay>> ListDayAsync(
            SchoolId school, DateOnly date, int limit, int offset, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<AttendanceDay>> ListStudentAsync(
            SchoolId school, StudentId student, DateOnly from, CancellationToken ct) => throw new NotSupportedException();
    }
}
