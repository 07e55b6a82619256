using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

public sealed class DispatchAttendanceTests
{
    private readonly RecordingFeed _feed = new();
    private readonly FakeLedger _ledger = new();

    [SetUp]
    public void Forget()
    {
        _feed.Published.Clear();
        _ledger.Recorded.Clear();
    }

    [TestCase(0, true, TestName = "Handle_NoMaxDistance_Dispatches")]
    [TestCase(0.28, true, TestName = "Handle_WithinMaxDistance_Dispatches")]
    [TestCase(0.26, false, TestName = "Handle_BeyondMaxDistance_KeepsTheLabelAndFiresNothing")]
    public async Task Handle(double maxDistance, bool dispatched)
    {
        var result = await HandleAsync(maxDistance, sendUnknown: false, FakeAnalyzer.Face(0, 0.7f));

        Assert.That(result.Frame.Faces.Single().Who.Student, Is.EqualTo(new StudentId("ann")));
        Assert.That(
            result.Dispatched.Select(d => (d.Label, d.Report.Status, d.Report.Message)),
            Is.EqualTo(new[] { dispatched ? ("ann", DispatchStatus.Sent, "ok") : ("ann", DispatchStatus.Skipped, "beyond min_conf") }));
        Assert.That(_ledger.Recorded, Has.Count.EqualTo(dispatched ? 1 : 0));
        Assert.That(_feed.Published, Has.Count.EqualTo(dispatched ? 1 : 0));
    }

    [TestCase(0.5f)]
    [TestCase(0.50003f)]
    [TestCase(0.57f)]
    [TestCase(0.99f)]
    public async Task Handle_MinConfOfTheContractsClients_LosesNoFaceThatIsNamed(float similarity)
    {
        var result = await HandleAsync(maxDistance: 0.45, sendUnknown: false, FakeAnalyzer.Face(0, similarity));

        Assert.That(result.Dispatched.Select(d => d.Label), Is.EqualTo(new[] { "ann" }));
    }

    [Test]
    public async Task Handle_MaxDistanceAboveTolerance_CannotLoosen()
    {
        var result = await HandleAsync(maxDistance: 0.9, sendUnknown: false, FakeAnalyzer.Face(0, 0.3f));

        Assert.That(result.Frame.Faces.Single().Who.Student, Is.Null);
        Assert.That(result.Dispatched, Is.Empty);
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public async Task Handle_UnknownFace_IsDispatchedOnlyWhenAsked(bool sendUnknown, int count)
    {
        var result = await HandleAsync(0, sendUnknown, FakeAnalyzer.Face(0, 0.3f));

        Assert.That(result.Dispatched.Select(d => d.Label), Is.EqualTo(Enumerable.Repeat("Unknown", count)));
    }

    [Test]
    public async Task Handle_TwoFacesOfOneStudent_SecondIsSkippedAndRecordedOnce()
    {
        var result = await HandleAsync(0, false, FakeAnalyzer.Face(0, 0.9f), FakeAnalyzer.Face(0, 0.8f), FakeAnalyzer.Face(1));

        Assert.That(result.Dispatched.Select(d => (d.Label, d.Report.Status)), Is.EqualTo(new[]
        {
            ("ann", DispatchStatus.Sent), ("ann", DispatchStatus.Skipped), ("bob", DispatchStatus.Sent),
        }));
        Assert.That(result.Dispatched[1].Report.Message, Does.Match(@"^cooldown_active \(\d+s left\)$"));
        Assert.That(_ledger.Recorded.Select(s => s.Label), Is.EquivalentTo(new[] { "ann", "bob" }));
        Assert.That(_feed.Published, Has.Count.EqualTo(3), "skipped faces are announced too");
    }

    [Test]
    public async Task Handle_NearerFaceOfAStudentAfterOneBeyondMaxDistance_IsDispatched()
    {
        var result = await HandleAsync(0.2, false, FakeAnalyzer.Face(0, 0.6f), FakeAnalyzer.Face(0, 0.9f), FakeAnalyzer.Face(1, 0.2f));

        Assert.That(result.Dispatched.Select(d => (d.Report.Status, d.Report.Message)), Is.EqualTo(new[]
        {
            (DispatchStatus.Skipped, "beyond min_conf"), (DispatchStatus.Sent, "ok"),
        }));
        Assert.That(_feed.Published, Has.Count.EqualTo(1), "what was not eligible is not announced");
    }

    [Test]
    public async Task Handle_Sighting_CarriesRoundedDistanceClippedBoxAndContext()
    {
        await HandleAsync(0, false, FakeAnalyzer.Face(0, 0.712345f));

        var sighting = _ledger.Recorded.Single();
        Assert.That(sighting.Who.Distance, Is.EqualTo(0.2589), "0.45 × (1 − 0.712345) / (1 − 0.5)");
        Assert.That((sighting.FrameWidth, sighting.FrameHeight, sighting.Context.DeviceId), Is.EqualTo((640, 480, "gate-1")));
    }

    [Test]
    public async Task Handle_NextFrameOfATrack_IsOneSighting()
    {
        var recognizer = FakeTracks.Recognizer(new FakeGallery("ann", "bob"), FakeAnalyzer.Face(0));
        await HandleAsync(recognizer, 0, false);

        var next = await HandleAsync(recognizer, 0, false);
        var elsewhere = await HandleAsync(recognizer, 0, false, location: "hall");

        Assert.That(next.Dispatched.Single().Report.Message, Does.Match(@"^cooldown_active \(\d+s left\)$"));
        Assert.That(elsewhere.Dispatched.Single().Report.Status, Is.EqualTo(DispatchStatus.Sent), "what it says besides is new");
        Assert.That(_ledger.Recorded, Has.Count.EqualTo(2));
        Assert.That(_feed.Published, Has.Count.EqualTo(3), "listeners are told of every frame");
    }

    private Task<DispatchedFrame> HandleAsync(double maxDistance, bool sendUnknown, params AnalyzedFace[] faces) =>
        HandleAsync(FakeTracks.Recognizer(new FakeGallery("ann", "bob"), faces), maxDistance, sendUnknown);

    private async Task<DispatchedFrame> HandleAsync(
        FrameRecognizer recognizer, double maxDistance, bool sendUnknown, string? location = null)
    {
        var handler =
            new DispatchAttendanceHandler(recognizer, _ledger, new AcceptingDelivery(), _feed, Settings.Attendance, TimeProvider.System);
        var command =
            new DispatchAttendance(
                SchoolId.First, new byte[] { 1 }, maxDistance, sendUnknown, new SightingContext("gate-1", location, null, null));
        return (await handler.Handle(command, default)).Value;
    }

    private sealed class FakeLedger : IAttendanceLedger
    {
        public List<Sighting> Recorded { get; } = [];

        public Task<(LedgerEntry Entry, RecordId? Record)> RecordHeldAsync(HeldSighting held, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<LedgerEntry> RecordAsync(Sighting sighting, CancellationToken ct)
        {
            Recorded.Add(sighting);
            return Task.FromResult<LedgerEntry>(new LedgerEntry.Announced(
                Guid.NewGuid(), new(sighting.School, Guid.NewGuid(), Guid.NewGuid(), "{}", 1, 0)));
        }

        public Task<IReadOnlyList<AttendanceDay>> ListDayAsync(
            SchoolId school, DateOnly date, int limit, int offset, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<AttendanceDay>> ListStudentAsync(
            SchoolId school, StudentId student, DateOnly from, CancellationToken ct) =>
            throw new NotSupportedException();
    }

    private sealed class AcceptingDelivery : IEventDelivery
    {
        public bool IsEnabledFor(SchoolId school) => true;

        public Task<DispatchReport> AttemptAsync(LeasedDelivery first, CancellationToken ct) =>
            Task.FromResult(new DispatchReport(DispatchStatus.Sent, 200, "ok", WillRetry: false));
    }
}
