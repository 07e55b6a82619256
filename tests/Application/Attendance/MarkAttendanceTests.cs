using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MarkAttendanceTests
{
    private static readonly MarkAttendance Command =
        new(SchoolId.First, new StudentId("ann"), null, AttendanceStatus.Late, null, " Seen in class. ");

    private readonly RecordingMarks _marks = new();
    private readonly RecordingFeed _feed = new();
    private readonly StandingClock _clock = new();

    [Test]
    public async Task Handle_WithoutATime_IsMarkedNowWithTheReasonAsWritten()
    {
        var record = (await HandleAsync(Command)).Value;

        Assert.That(_marks.Mark, Is.EqualTo(
            new ManualMark(SchoolId.First, Command.Student, null, AttendanceStatus.Late, _clock.Now, "Seen in class.")));
        Assert.That(_feed.Published, Is.EqualTo([new AttendanceChanged(SchoolId.First, EventTypes.Marked, record.Id)]));
        Assert.That((record.Origin, record.At), Is.EqualTo((AttendanceOrigin.Manual, _clock.Now)));
    }

    [Test]
    public async Task Handle_WithATimeAndARecordToReplace_HandsThemOn()
    {
        var (at, replaces) = (_clock.Now.AddDays(-3), RecordId.New());

        await HandleAsync(Command with { At = at, Replaces = replaces });

        Assert.That((_marks.Mark!.At, _marks.Mark.Replaces), Is.EqualTo((at, (RecordId?)replaces)));
    }

    [Test]
    public async Task Handle_RecordThatIsNotThere_IsNotFound()
    {
        _marks.Refusal = ManualMarkErrors.RecordNotFound;

        Assert.That((await HandleAsync(Command with { Replaces = RecordId.New() })).Error, Is.EqualTo(ManualMarkErrors.RecordNotFound));
    }

    [Test]
    public async Task Handle_RequestsOfOneKey_AreToldApartByAnythingThatTheyAsk()
    {
        var keyed = Command with { IdempotencyKey = "key-1" };
        var one = await DigestOfAsync(keyed);
        MarkAttendance[] others =
        [
            keyed with { Student = new("bob") }, keyed with { Session = ClassSessionId.New() },
            keyed with { Status = AttendanceStatus.Present }, keyed with { At = _clock.Now }, keyed with { Reason = "Other" },
            keyed with { Replaces = RecordId.New() },
        ];

        // The time of a mark without one is the server's, and a repetition comes later.
        _clock.Now += TimeSpan.FromSeconds(5);
        Assert.That(await DigestOfAsync(keyed), Is.EqualTo(one));
        foreach (var other in others) Assert.That(await DigestOfAsync(other), Is.Not.EqualTo(one));
    }

    [TestCase("Ill.", 0, null)]
    [TestCase("Ill.", 300, null)]
    [TestCase("Ill.", 301, "at")]
    [TestCase("Ill.", -366 * 86_400, null)]
    [TestCase("Ill.", (-366 * 86_400) - 1, "at")]
    [TestCase("", 0, "reason")]
    [TestCase("  ", 0, "reason")]
    [TestCase("a\nb", 0, "reason")]
    public void Validate_BadField_IsNamed(string reason, int seconds, string? field) => Assert.That(
        new MarkAttendanceValidator(_clock).FaultOf(Command with { Reason = reason, At = _clock.Now.AddSeconds(seconds) }),
        Is.EqualTo(field));

    [TestCase(500, null)]
    [TestCase(501, "reason")]
    public void Validate_ReasonAroundItsLimit_IsTakenUpToIt(int length, string? field) => Assert.That(
        new MarkAttendanceValidator(_clock).FaultOf(Command with { Reason = new string('r', length) }), Is.EqualTo(field));

    private Task<Result<AttendanceRecord>> HandleAsync(MarkAttendance command) =>
        new MarkAttendanceHandler(_marks, _feed, _clock).Handle(command, default);

    private async Task<byte[]> DigestOfAsync(MarkAttendance command)
    {
        await HandleAsync(command);
        return _marks.Mark!.Key!.RequestDigest.ToArray();
    }

    private sealed class RecordingMarks : IManualMarks
    {
        public ManualMark? Mark { get; private set; }

        public Error? Refusal { get; set; }

        public Task<Result<AttendanceRecord>> MarkAsync(ManualMark mark, CancellationToken ct)
        {
            Mark = mark;
            return Task.FromResult<Result<AttendanceRecord>>(Refusal is not null ? Refusal : new AttendanceRecord(
                RecordId.New(), mark.Student, mark.Session, mark.At, mark.Status, false,
                new Evidence.Manual(mark.Reason, null)));
        }
    }
}
